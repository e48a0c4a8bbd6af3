-- One row per service metric, period and breakdown with a base: what the subject hands to kpi_metric_values.
-- The headline clock is business time where a schedule exists, else the calendar.
{%- set dimensions = ['team', 'office', 'channel', 'priority', 'topic', 'segment'] %}
with

headline_clocks as (

    select case when count(*) > 0 then 'business' else 'calendar' end as clock
    from {{ ref('stg_helpdesk__schedules') }}

),

response_times as (

    select response_times.*
    from {{ ref('int_response_times') }} as response_times
    inner join headline_clocks
        on response_times.clock = headline_clocks.clock

),

quantiles as (
    {% for metric, wait, quantile, low, high, at_least in [
        ('frt_human_median', 'first_reply', 'median_minutes', 'median_ci_low', 'median_ci_high', 0),
        ('frt_human_p90', 'first_reply', 'p90_minutes', 'p90_ci_low', 'p90_ci_high', var('min_base_p90')),
        ('frt_any_median', 'any_reply', 'median_minutes', 'median_ci_low', 'median_ci_high', 0),
        ('next_reply_time', 'next_reply', 'median_minutes', 'median_ci_low', 'median_ci_high', 0),
        ('resolution_first', 'first_resolution', 'median_minutes', 'median_ci_low', 'median_ci_high', 0),
        ('resolution_full', 'full_resolution', 'median_minutes', 'median_ci_low', 'median_ci_high', 0),
    ] %}
    select
        '{{ metric }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'quantile' as kind,
        'minutes' as unit,
        tickets as base,
        case when tickets >= {{ at_least }} then {{ quantile }} end as value,
        cast(answered as double precision) as numerator,
        cast(tickets as double precision) as denominator,
        case when tickets >= {{ at_least }} then {{ low }} end as ci_low,
        case when tickets >= {{ at_least }} then {{ high }} end as ci_high,
        cast(null as double precision) as positives
    from response_times
    where wait = '{{ wait }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

shares_counted as (
    {% for metric, counted, base in [
        ('fcr', 'first_contact_resolved', 'solved'),
        ('one_touch', 'one_touch', 'solved'),
        ('reopen_rate', 'reopened', 'reopen_base'),
    ] %}
    select
        '{{ metric }}' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        {{ counted }} as counted,
        {{ base }} as base
    from {{ ref('int_support_quality_counts') }}
    union all
    {% endfor %}
    select
        'sla_attainment' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        met as counted,
        met + breached as base
    from {{ ref('int_sla_attainment') }}
    where metric = 'all'

),

first_months as (

    select cast(date_trunc('month', min(created_date)) as date) as first_month
    from {{ ref('int_tickets_measured') }}

),

-- Closed without any reply of a person, by the month in which the ticket was last solved.
closed_tickets as (

    select
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', reporting_date('tickets.last_solved_at'), 'first_months.first_month'
        ) }} as period_start,
        coalesce(tickets.team, 'unknown') as team,
        coalesce(tickets.office, 'unknown') as office,
        coalesce(tickets.channel, 'unknown') as channel,
        coalesce(tickets.priority, 'unknown') as priority,
        coalesce(tickets.topic, 'unknown') as topic,
        tickets.segment,
        tickets.reply_outcome
    from {{ ref('int_tickets_measured') }} as tickets
    cross join {{ period_grains() }} as period_grains
    cross join first_months
    where
        tickets.is_solved
        and tickets.last_solved_at is not null
        and tickets.reply_outcome is not null

),

no_replies as (

    select
        'no_reply_rate' as metric,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) filter (where reply_outcome = 'closed_without_reply') as counted,
        count(*) as base
    from closed_tickets
    {{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}

),

shares as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        counted,
        base
    from shares_counted
    where base > 0

    union all

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        counted,
        base
    from no_replies

),

clock as (

    select * from {{ ref('int_build_clock') }}

),

-- A stock has the value of the last full day of its period.
last_days as (

    select
        period_grain,
        period_start,
        max(date_day) as date_day
    from (
        select
            period_grains.period_grain,
            {{ period_start(
                'period_grains.period_grain', 'days.date_day', 'first_months.first_month'
            ) }} as period_start,
            days.date_day
        from (
            select {{ date_plus('first_days.first_month', 'whole_numbers.n') }} as date_day
            from first_months as first_days
            cross join {{ whole_numbers(5) }} as whole_numbers
            cross join clock
            where whole_numbers.n < {{ dbt.datediff('first_days.first_month', 'clock.as_of_date', 'day') }}
        ) as days
        cross join {{ period_grains() }} as period_grains
        cross join first_months
    ) as days_in_periods
    group by period_grain, period_start

),

open_spells as (

    select
        tickets.ticket_id,
        coalesce(tickets.team, 'unknown') as team,
        coalesce(tickets.office, 'unknown') as office,
        coalesce(tickets.channel, 'unknown') as channel,
        coalesce(tickets.priority, 'unknown') as priority,
        coalesce(tickets.topic, 'unknown') as topic,
        tickets.segment,
        {{ reporting_date(plus_microseconds('spells.started_at', -1)) }} as first_day,
        case
            when spells.is_last then clock.as_of_date
            else {{ reporting_date(plus_microseconds('spells.ended_at', -1)) }}
        end as end_day
    from {{ ref('int_ticket_status_spells') }} as spells
    inner join {{ ref('int_tickets_measured') }} as tickets
        on spells.ticket_id = tickets.ticket_id
    cross join clock
    where not spells.is_solved

),

backlog as (

    select
        last_days.period_grain,
        last_days.period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as base
    from open_spells
    inner join last_days
        on open_spells.first_day <= last_days.date_day
        and open_spells.end_day > last_days.date_day
    {{ group_by_breakdowns(['last_days.period_grain', 'last_days.period_start'], dimensions) }}

),

measures as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        kind,
        unit,
        base,
        value,
        numerator,
        denominator,
        cast(null as double precision) as standard_error,
        ci_low,
        ci_high,
        positives
    from quantiles

    union all

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'share' as kind,
        'ratio' as unit,
        base,
        {{ share('counted', 'base') }} as value,
        cast(counted as double precision) as numerator,
        cast(base as double precision) as denominator,
        sqrt(
            {{ share('counted', 'base') }} * (1 - {{ share('counted', 'base') }}) / cast(base as double precision)
        ) as standard_error,
        {{ wilson_low('counted', 'base') }} as ci_low,
        {{ wilson_high('counted', 'base') }} as ci_high,
        cast(counted as double precision) as positives
    from shares

    union all

    select
        'backlog_open' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'count' as kind,
        'count' as unit,
        base,
        cast(base as double precision) as value,
        cast(base as double precision) as numerator,
        cast(null as double precision) as denominator,
        cast(null as double precision) as standard_error,
        cast(null as double precision) as ci_low,
        cast(null as double precision) as ci_high,
        cast(null as double precision) as positives
    from backlog

)

select
    metric,
    'none' as programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    kind,
    unit,
    cast(base as bigint) as base,
    value,
    numerator,
    denominator,
    standard_error,
    ci_low,
    ci_high,
    positives,
    cast(null as double precision) as negatives,
    cast(null as double precision) as variance,
    cast(1 as double precision) as widening,
    value is not null as is_estimable
from measures
