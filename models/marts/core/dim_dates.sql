-- One row per local day of the reporting zone, from the first month with data to the end of the year of as_of.
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

days as (

    select {{ date_plus("cast(date_trunc('month', clock.first_date) as date)", 'whole_numbers.n') }} as date_day
    from clock
    cross join {{ whole_numbers(5) }} as whole_numbers
    where whole_numbers.n <= {{ dbt.datediff("cast(date_trunc('month', clock.first_date) as date)", "cast(date_trunc('year', clock.as_of_date) as date)", 'day') }} + 365

)

select
    days.date_day,
    cast(date_trunc('week', days.date_day) as date) as week_start_date,
    cast(date_trunc('month', days.date_day) as date) as month_start_date,
    cast(date_trunc('quarter', days.date_day) as date) as quarter_start_date,
    cast(date_trunc('year', days.date_day) as date) as year_start_date,
    cast(extract(year from days.date_day) as bigint) as calendar_year,
    cast(extract(quarter from days.date_day) as bigint) as calendar_quarter,
    cast(extract(month from days.date_day) as bigint) as calendar_month,
    cast(extract(day from days.date_day) as bigint) as day_of_month,
    cast(1 + {{ dbt.datediff("cast(date_trunc('week', days.date_day) as date)", 'days.date_day', 'day') }} as bigint) as iso_weekday,
    days.date_day < clock.as_of_date as is_complete
from days
cross join clock
where extract(year from days.date_day) <= extract(year from clock.as_of_date)
