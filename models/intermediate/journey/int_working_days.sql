-- One row per local day of the reporting zone from the first answer to a quarter past as_of: whether it is a working
-- day, and how many there were before it. A working day is one on which the company's schedule opens: its only
-- schedule, else `default_schedule`, as for tickets; where neither is in force, Monday to Friday. Days closed for a
-- holiday are none, nor is one that a holiday shortens to nothing (D42).
{%- set days_ahead = 92 %}
{%- set default_schedule = "'" ~ var('default_schedule') ~ "'" if var('default_schedule') else 'null' %}
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

company_schedule as (

    select
        case
            when count(distinct schedule_id) = 1 then min(schedule_id)
            else cast({{ default_schedule }} as {{ dbt.type_string() }})
        end as schedule_id
    from schedules

),

local_days as (

    select
        {{ date_plus('first_answer.first_date', 'whole_numbers.n') }} as local_date,
        {{ dbt.datediff(
            "cast(date_trunc('week', " ~ date_plus('first_answer.first_date', 'whole_numbers.n') ~ ") as date)",
            date_plus('first_answer.first_date', 'whole_numbers.n'), 'day'
        ) }} + 1 as weekday
    from (
        select min(responded_date) as first_date from {{ ref('fct_survey_responses') }}
    ) as first_answer
    cross join clock
    cross join {{ whole_numbers(5) }} as whole_numbers
    where
        whole_numbers.n
        <= {{ dbt.datediff('first_answer.first_date', 'clock.as_of_date', 'day') }} + {{ days_ahead }}

),

-- What a holiday leaves of a day; one of the schedule beats one for all.
days as (

    select
        coalesce(own_holidays.opens_minute, common_holidays.opens_minute, 0) as opens_minute,
        coalesce(own_holidays.closes_minute, common_holidays.closes_minute, 1440) as closes_minute,
        local_days.local_date,
        local_days.weekday,
        company_schedule.schedule_id
    from local_days
    cross join company_schedule
    left join holidays as own_holidays
        on company_schedule.schedule_id = own_holidays.schedule_id
        and local_days.local_date = own_holidays.holiday_date
    left join holidays as common_holidays
        on local_days.local_date = common_holidays.holiday_date
        and common_holidays.schedule_id is null

),

schedule_days as (

    select
        days.local_date,
        max(
            case
                when
                    schedules.weekday = days.weekday
                    and schedules.opens_minute < days.closes_minute
                    and schedules.closes_minute > days.opens_minute
                    then 1
                else 0
            end
        ) = 1 as is_open
    from days
    inner join schedules
        on days.schedule_id = schedules.schedule_id
        and (schedules.valid_from is null or days.local_date >= schedules.valid_from)
        and (schedules.valid_to is null or days.local_date < schedules.valid_to)
    group by days.local_date

),

judged as (

    select
        days.local_date,
        coalesce(
            schedule_days.is_open, days.weekday <= 5 and days.opens_minute < days.closes_minute
        ) as is_working_day
    from days
    left join schedule_days
        on days.local_date = schedule_days.local_date

)

select
    local_date,
    cast(coalesce(sum(case when is_working_day then 1 else 0 end) over (
        order by local_date rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as working_days_before,
    is_working_day
from judged
