-- One row per schedule, hour of working time and window that the hour reaches into: the way back from a
-- reading to the instant at which it is reached, by one hash look-up (CLARIFICATIONS D43, due_at).
with

windows as (

    select
        schedule_id,
        utc_date,
        opens,
        working_before,
        working_before + length as working_after,
        {{ whole_quotient('working_before', 3600000000) }} as first_hour,
        {{ whole_quotient('working_before + length', 3600000000) }} as last_hour
    from {{ ref('int_business_windows') }}

)

select
    windows.schedule_id,
    cast(windows.first_hour + whole_numbers.n as bigint) as working_hour,
    {{ plus_microseconds('cast(windows.utc_date as timestamp)', 'windows.opens') }} as opened_at,
    windows.working_before,
    windows.working_after
from windows
inner join {{ whole_numbers(2) }} as whole_numbers
    on whole_numbers.n <= windows.last_hour - windows.first_hour
