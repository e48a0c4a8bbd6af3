-- One row per local day and breakdown: how many tickets were open when it ended and how old they were
-- (CLARIFICATIONS D45). Nothing is censored in a stock, so its percentiles are plain ones.
{%- set dimensions = ['team', 'priority'] %}
with

backlog as (

    select
        date_day,
        ticket_id,
        age_minutes,
        coalesce(team, 'unknown') as team,
        coalesce(priority, 'unknown') as priority
    from {{ ref('fct_backlog_days') }}

),

measured as (

    select
        date_day,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as open_tickets,
        -- Both from one list of ages, which is as long as the tickets open on the day.
        percentile_cont(array[0.5, 0.9]) within group (order by age_minutes) as age_percentiles,
        max(age_minutes) as oldest_age_minutes,
        count(*) filter (where age_minutes < 1440) as open_below_1_day,
        count(*) filter (where age_minutes >= 1440 and age_minutes < 4320) as open_1_to_3_days,
        count(*) filter (where age_minutes >= 4320 and age_minutes < 10080) as open_3_to_7_days,
        count(*) filter (where age_minutes >= 10080 and age_minutes < 43200) as open_7_to_30_days,
        count(*) filter (where age_minutes >= 43200) as open_30_days_and_more
    from backlog
    {{ group_by_breakdowns(['date_day'], dimensions) }}

),

-- A day without open tickets is an answer too.
full_days as (

    select dates.date_day
    from {{ ref('dim_dates') }} as dates
    cross join {{ ref('int_build_clock') }} as clock
    where
        dates.date_day < clock.as_of_date
        and dates.date_day >= (select min(tickets.created_date) from {{ ref('fct_tickets') }} as tickets)

),

all_days as (

    select
        full_days.date_day,
        coalesce(measured.dimension, 'total') as dimension,
        coalesce(measured.dimension_value, 'total') as dimension_value,
        coalesce(measured.open_tickets, 0) as open_tickets,
        measured.age_percentiles[1] as median_age_minutes,
        measured.age_percentiles[2] as p90_age_minutes,
        measured.oldest_age_minutes,
        coalesce(measured.open_below_1_day, 0) as open_below_1_day,
        coalesce(measured.open_1_to_3_days, 0) as open_1_to_3_days,
        coalesce(measured.open_3_to_7_days, 0) as open_3_to_7_days,
        coalesce(measured.open_7_to_30_days, 0) as open_7_to_30_days,
        coalesce(measured.open_30_days_and_more, 0) as open_30_days_and_more
    from full_days
    left join measured
        on full_days.date_day = measured.date_day

)

select
    date_day,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    open_tickets as base,
    {{ publish_status('open_tickets', 'open_tickets < ' ~ var('min_base_publish'), 'false') }} as publish_status,
    open_tickets,
    case when open_tickets >= {{ var('min_base_publish') }} then median_age_minutes end as median_age_minutes,
    case when open_tickets >= {{ var('min_base_p90') }} then p90_age_minutes end as p90_age_minutes,
    case when open_tickets >= {{ var('min_base_publish') }} then oldest_age_minutes end as oldest_age_minutes,
    open_below_1_day,
    open_1_to_3_days,
    open_3_to_7_days,
    open_7_to_30_days,
    open_30_days_and_more
from all_days
