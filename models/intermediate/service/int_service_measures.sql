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

-- The share answered within the target is read off the curve, so that customers still waiting count (METRICS §4.1).
shares_within_target as (

    select
        'frt_within_target_share' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'ratio' as kind,
        'ratio' as unit,
        tickets as base,
        1 - survival_at_target as value,
        (1 - survival_at_target) * tickets as numerator,
        cast(tickets as double precision) as denominator,
        coalesce(survival_at_target * target_spread, 0) as standard_error,
        1 - survival_at_target_high as ci_low,
        1 - survival_at_target_low as ci_high,
        cast(null as double precision) as variance
    from response_times
    where wait = 'first_reply'

),

answered_means as (

    select
        'frt_mean_answered' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'mean' as kind,
        'minutes' as unit,
        answered as base,
        mean_answered_minutes as value,
        mean_answered_minutes * answered as numerator,
        cast(answered as double precision) as denominator,
        sqrt(answered_variance / answered) as standard_error,
        {{ mean_low('mean_answered_minutes', 'answered_variance', 'answered') }} as ci_low,
        {{ mean_high('mean_answered_minutes', 'answered_variance', 'answered') }} as ci_high,
        answered_variance as variance
    from response_times
    where
        wait = 'first_reply'
        and answered > 0

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
    union all
    select
        'bot_containment_true' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        contained as counted,
        conversations as base
    from {{ ref('int_bot_counts') }}

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
        tickets.created_at,
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
        count(*) as base,
        percentile_cont(0.5) within group (
            order by {{ elapsed_minutes(
                'open_spells.created_at', start_of_reporting_date(date_plus('last_days.date_day', 1))
            ) }}
        ) as median_age_minutes
    from open_spells
    inner join last_days
        on open_spells.first_day <= last_days.date_day
        and open_spells.end_day > last_days.date_day
    {{ group_by_breakdowns(['last_days.period_grain', 'last_days.period_start'], dimensions) }}

),

-- Tickets of the period beside the customers who paid during it (METRICS §4.5): customer-days over the days of the
-- period that have passed. Without subscriptions nobody knows how many customers there are.
contacts as (

    select
        period_grain,
        period_start,
        segment,
        count(*) as tickets
    from (
        select
            period_grains.period_grain,
            {{ period_start(
                'period_grains.period_grain', 'tickets.created_date', 'first_months.first_month'
            ) }} as period_start,
            tickets.segment
        from {{ ref('int_tickets_measured') }} as tickets
        cross join {{ period_grains() }} as period_grains
        cross join first_months
    ) as tickets_in_periods
    group by period_grain, period_start, segment

),

contact_periods as (

    select
        periods.period_grain,
        periods.period_start,
        least(
            coalesce({{ period_end('periods.period_grain', 'periods.period_start') }}, clock.as_of_date),
            clock.as_of_date
        ) as end_date
    from (
        select distinct
            period_grain,
            period_start
        from contacts
    ) as periods
    cross join clock

),

active_days as (

    select
        contact_periods.period_grain,
        contact_periods.period_start,
        states.segment,
        sum({{ dbt.datediff(
            'greatest(states.started_date, contact_periods.period_start)',
            'least(coalesce(states.ended_date, contact_periods.end_date), contact_periods.end_date)',
            'day'
        ) }}) as customer_days
    from contact_periods
    inner join {{ ref('fct_customer_states') }} as states
        on contact_periods.end_date > states.started_date
        and contact_periods.period_start < coalesce(states.ended_date, date '9999-12-31')
    where not states.is_paused
    group by contact_periods.period_grain, contact_periods.period_start, states.segment

),

contact_cells as (

    select
        period_grain,
        period_start,
        segment,
        tickets,
        0 as customer_days
    from contacts
    union all
    select
        period_grain,
        period_start,
        segment,
        0 as tickets,
        customer_days
    from active_days

),

contact_sums as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(['segment']) }} as dimension,
        {{ breakdown_value(['segment']) }} as dimension_value,
        cast(sum(tickets) as bigint) as tickets,
        sum(customer_days) as customer_days
    from contact_cells
    {{ group_by_breakdowns(['period_grain', 'period_start'], ['segment']) }}

),

contact_rates as (

    select
        contact_sums.*,
        cast(contact_sums.customer_days as double precision) / nullif({{ dbt.datediff(
            'contact_periods.period_start', 'contact_periods.end_date', 'day'
        ) }}, 0) as average_customers
    from contact_sums
    inner join contact_periods
        on contact_sums.period_grain = contact_periods.period_grain
        and contact_sums.period_start = contact_periods.period_start
    where contact_sums.customer_days > 0

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
        positives,
        cast(null as double precision) as variance
    from quantiles

    union all

    {% for subject in ['shares_within_target', 'answered_means'] %}
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
        standard_error,
        ci_low,
        ci_high,
        cast(null as double precision) as positives,
        variance
    from {{ subject }}

    union all
    {% endfor %}
    select
        'contact_rate' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'ratio' as kind,
        'count' as unit,
        cast(round(cast(average_customers as decimal(28, 6)), 0) as bigint) as base,
        1000 * tickets / average_customers as value,
        cast(tickets as double precision) as numerator,
        average_customers as denominator,
        1000 * sqrt(cast(tickets as double precision)) / average_customers as standard_error,
        1000 * {{ poisson_low('tickets') }} / average_customers as ci_low,
        1000 * {{ poisson_high('tickets') }} / average_customers as ci_high,
        cast(null as double precision) as positives,
        cast(null as double precision) as variance
    from contact_rates

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
        cast(counted as double precision) as positives,
        cast(null as double precision) as variance
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
        cast(null as double precision) as positives,
        cast(null as double precision) as variance
    from backlog

    union all

    select
        'backlog_age' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'quantile' as kind,
        'minutes' as unit,
        base,
        median_age_minutes as value,
        cast(null as double precision) as numerator,
        cast(base as double precision) as denominator,
        cast(null as double precision) as standard_error,
        cast(null as double precision) as ci_low,
        cast(null as double precision) as ci_high,
        cast(null as double precision) as positives,
        cast(null as double precision) as variance
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
    variance,
    cast(1 as double precision) as widening,
    value is not null as is_estimable
from measures
