-- One row per schedule and UTC day of the horizon: the working time before the day, and the day's windows in
-- columns, so that one hash look-up gives a reading (macro working_reading). A window the day has not opens at its end.
with

windows as (

    select * from {{ ref('int_business_windows') }}

),

clock as (

    select * from {{ ref('int_build_clock') }}

),

schedules as (

    select distinct schedule_id from {{ ref('stg_helpdesk__schedules') }}

),

-- A local day reaches into the UTC day before it or after it: one more on either side than there are local days,
-- so that no window is without its day and these readings are those of int_business_windows.
utc_days as (

    select {{ date_plus('first_ticket.first_date', 'whole_numbers.n - 9') }} as utc_date
    from (
        select cast(min(created_at) as date) as first_date from {{ ref('stg_helpdesk__tickets') }}
    ) as first_ticket
    cross join clock
    cross join {{ whole_numbers(5) }} as whole_numbers
    where whole_numbers.n <= {{ dbt.datediff('first_ticket.first_date', 'clock.as_of_date', 'day') }} + 382

),

windows_in_columns as (

    select
        schedule_id,
        utc_date,
        {%- for number in range(1, windows_per_day() + 1) %}
        max(case when window_number = {{ number }} then opens end) as opens_{{ number }},
        max(case when window_number = {{ number }} then length end) as length_{{ number }},
        {%- endfor %}
        sum(length) as working
    from windows
    group by schedule_id, utc_date

),

days as (

    select
        schedules.schedule_id,
        utc_days.utc_date,
        {%- for number in range(1, windows_per_day() + 1) %}
        coalesce(windows_in_columns.opens_{{ number }}, 86400000000) as opens_{{ number }},
        coalesce(windows_in_columns.length_{{ number }}, 0) as length_{{ number }},
        {%- endfor %}
        coalesce(windows_in_columns.working, 0) as working
    from schedules
    cross join utc_days
    left join windows_in_columns
        on schedules.schedule_id = windows_in_columns.schedule_id
        and utc_days.utc_date = windows_in_columns.utc_date

)

select
    schedule_id,
    utc_date,
    {%- for number in range(1, windows_per_day() + 1) %}
    opens_{{ number }},
    length_{{ number }},
    {%- endfor %}
    cast(coalesce(sum(working) over (
        partition by schedule_id order by utc_date rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as working_before
from days
