-- One row per schedule, UTC day and opening window: the weekly schedule laid over the local days of the data,
-- holidays taken out, each edge converted to UTC by itself so that days on which clocks change are exact
-- (METRICS §4.6). Windows that touch or overlap are one. Times within the day are in microseconds.
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

schedules as (

    select * from {{ ref('stg_helpdesk__schedules') }}

),

holidays as (

    select * from {{ ref('int_holidays') }}

),

-- A target that starts today may fall due long after the last event, so the horizon looks a year ahead.
local_days as (

    select {{ date_plus('first_ticket.first_date', 'whole_numbers.n - 8') }} as local_date
    from (
        select cast(min(created_at) as date) as first_date from {{ ref('stg_helpdesk__tickets') }}
    ) as first_ticket
    cross join clock
    cross join {{ whole_numbers(5) }} as whole_numbers
    where whole_numbers.n <= {{ dbt.datediff('first_ticket.first_date', 'clock.as_of_date', 'day') }} + 380

),

weekdays as (

    select
        local_date,
        1 + {{ dbt.datediff("cast(date_trunc('week', local_date) as date)", 'local_date', 'day') }} as weekday
    from local_days

),

-- A holiday only shortens the day, and a schedule's own row beats the one for all (CLARIFICATIONS D42).
openings as (

    select
        schedules.schedule_id,
        schedules.time_zone,
        weekdays.local_date,
        greatest(
            schedules.opens_minute, coalesce(own_holidays.opens_minute, common_holidays.opens_minute, 0)
        ) as opens_minute,
        least(
            schedules.closes_minute, coalesce(own_holidays.closes_minute, common_holidays.closes_minute, 1440)
        ) as closes_minute
    from schedules
    inner join weekdays
        on schedules.weekday = weekdays.weekday
        and (schedules.valid_from is null or weekdays.local_date >= schedules.valid_from)
        and (schedules.valid_to is null or weekdays.local_date < schedules.valid_to)
    left join holidays as own_holidays
        on schedules.schedule_id = own_holidays.schedule_id
        and weekdays.local_date = own_holidays.holiday_date
    left join holidays as common_holidays
        on weekdays.local_date = common_holidays.holiday_date
        and common_holidays.schedule_id is null

),

instants as (

    select
        schedule_id,
        {{ local_to_utc(
            dbt.dateadd('minute', 'opens_minute', 'cast(local_date as timestamp)'), 'time_zone',
            zone_is_sql=true
        ) }} as opened_at,
        {{ local_to_utc(
            dbt.dateadd('minute', 'closes_minute', 'cast(local_date as timestamp)'), 'time_zone',
            zone_is_sql=true
        ) }} as closed_at
    from openings
    where opens_minute < closes_minute

),

-- A local day touches at most three UTC days, and only on days with more than 24 hours.
utc_days as (

    select
        instants.schedule_id,
        instants.opened_at,
        instants.closed_at,
        {{ date_plus('cast(instants.opened_at as date)', 'day_offsets.n') }} as utc_date
    from instants
    cross join (
        select 0 as n
        union all
        select 1
        union all
        select 2
    ) as day_offsets
    where
        instants.opened_at < instants.closed_at
        and cast({{ date_plus('cast(instants.opened_at as date)', 'day_offsets.n') }} as timestamp)
        < instants.closed_at

),

pieces as (

    select
        schedule_id,
        utc_date,
        greatest(0, {{ microseconds_between('cast(utc_date as timestamp)', 'opened_at') }}) as opens,
        least(86400000000, {{ microseconds_between('cast(utc_date as timestamp)', 'closed_at') }}) as closes
    from utc_days

),

reached as (

    select
        *,
        max(closes) over (
            partition by schedule_id, utc_date order by opens, closes
            rows between unbounded preceding and 1 preceding
        ) as closed_before
    from pieces

),

islands as (

    select
        *,
        sum(case when opens <= closed_before then 0 else 1 end) over (
            partition by schedule_id, utc_date order by opens, closes
            rows between unbounded preceding and current row
        ) as window_number
    from reached

),

windows as (

    select
        schedule_id,
        utc_date,
        cast(window_number as bigint) as window_number,
        min(opens) as opens,
        max(closes) - min(opens) as length
    from islands
    group by schedule_id, utc_date, window_number

)

select
    schedule_id,
    utc_date,
    window_number,
    opens,
    length,
    cast(coalesce(sum(length) over (
        partition by schedule_id order by utc_date, window_number
        rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as working_before
from windows
