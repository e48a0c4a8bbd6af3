-- One row per local day of the reporting zone, from the first month with data to the end of the year of as_of.
with

clock as (

    select
        as_of_date,
        cast(date_trunc('month', first_date) as date) as first_day,
        cast(date_trunc('year', as_of_date) as date) as last_year_start
    from {{ ref('int_build_clock') }}

),

days as (

    select {{ date_plus('clock.first_day', 'whole_numbers.n') }} as date_day
    from clock
    cross join {{ whole_numbers(5) }} as whole_numbers
    where whole_numbers.n <= 365 + {{ dbt.datediff('clock.first_day', 'clock.last_year_start', 'day') }}

),

weeks as (

    select
        date_day,
        cast(date_trunc('week', date_day) as date) as week_start_date
    from days

)

select
    days.date_day,
    days.week_start_date,
    cast(date_trunc('month', days.date_day) as date) as month_start_date,
    cast(date_trunc('quarter', days.date_day) as date) as quarter_start_date,
    cast(date_trunc('year', days.date_day) as date) as year_start_date,
    cast(extract(year from days.date_day) as bigint) as calendar_year,
    cast(extract(quarter from days.date_day) as bigint) as calendar_quarter,
    cast(extract(month from days.date_day) as bigint) as calendar_month,
    cast(extract(day from days.date_day) as bigint) as day_of_month,
    cast(1 + {{ dbt.datediff('days.week_start_date', 'days.date_day', 'day') }} as bigint) as iso_weekday,
    days.date_day < clock.as_of_date as is_complete
from weeks as days
cross join clock
where extract(year from days.date_day) <= extract(year from clock.as_of_date)
