-- One row per period and breakdown: the tickets open at the end of its last full local day, and how old they were
-- (METRICS §4.5). Nothing is censored in a stock: its median is a plain one, its interval that of order statistics
-- (T8).
{%- set dimensions = ticket_dimensions() %}
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

full_days as (

    select
        {{ date_plus('first_months.first_month', 'whole_numbers.n') }} as date_day,
        first_months.first_month
    from {{ first_month(ref('int_tickets_measured'), 'created_date') }} as first_months
    cross join {{ whole_numbers(5) }} as whole_numbers
    cross join clock
    where whole_numbers.n < {{ dbt.datediff('first_months.first_month', 'clock.as_of_date', 'day') }}

),

last_days as (

    select
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'full_days.date_day', 'full_days.first_month') }} as period_start,
        max(full_days.date_day) as date_day
    from full_days
    cross join {{ period_grains() }} as period_grains
    group by
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'full_days.date_day', 'full_days.first_month') }}

),

open_spells as (

    select
        spells.ticket_id,
        {{ reporting_date(plus_microseconds('spells.started_at', -1)) }} as first_day,
        case
            when spells.ended_at is null then clock.as_of_date
            else {{ reporting_date(plus_microseconds('spells.ended_at', -1)) }}
        end as end_day,
        clock.as_of_date
    from {{ ref('int_ticket_status_spells') }} as spells
    cross join clock
    where spells.status not in ('solved', 'closed')

),

-- The last day of a period is the last of its month or of the data: most spells hold no such day.
long_spells as (

    select
        open_spells.first_day,
        open_spells.end_day,
        coalesce(tickets.team, 'unknown') as team,
        coalesce(tickets.office, 'unknown') as office,
        coalesce(tickets.channel, 'unknown') as channel,
        coalesce(tickets.priority, 'unknown') as priority,
        coalesce(tickets.topic, 'unknown') as topic,
        tickets.segment,
        tickets.created_at
    from open_spells
    inner join {{ ref('int_tickets_measured') }} as tickets
        on open_spells.ticket_id = tickets.ticket_id
    where
        open_spells.end_day >= open_spells.as_of_date
        or date_trunc('month', open_spells.first_day) < date_trunc('month', open_spells.end_day)

),

open_tickets as (

    select
        last_days.period_grain,
        last_days.period_start,
        long_spells.team,
        long_spells.office,
        long_spells.channel,
        long_spells.priority,
        long_spells.topic,
        long_spells.segment,
        {{ elapsed_minutes(
            'long_spells.created_at', start_of_reporting_date(date_plus('last_days.date_day', 1))
        ) }} as age_minutes
    from long_spells
    inner join last_days
        on long_spells.first_day <= last_days.date_day
        and long_spells.end_day > last_days.date_day

)

select
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as open_tickets,
    percentile_cont(0.5) within group (order by age_minutes) as median_age_minutes,
    {{ order_statistic('age_minutes', quantile_low_rank(0.5, 'count(*)')) }} as median_age_ci_low,
    {{ order_statistic('age_minutes', quantile_high_rank(0.5, 'count(*)')) }} as median_age_ci_high
from open_tickets
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
