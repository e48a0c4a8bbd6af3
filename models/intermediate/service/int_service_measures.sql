-- One row per service metric, period and breakdown with a base: what the subject hands to kpi_metric_values.
-- The headline clock is business time where a schedule exists, else the calendar.
with

response_times as (

    select * from {{ ref('int_response_times') }}
    where is_headline

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
    union all
    {% endfor %}
    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'quantile' as kind,
        'minutes' as unit,
        solved as base,
        median_minutes as value,
        cast(null as double precision) as numerator,
        cast(solved as double precision) as denominator,
        median_ci_low as ci_low,
        median_ci_high as ci_high,
        cast(null as double precision) as positives
    from {{ ref('int_solved_ticket_times') }}
    union all
    select
        'backlog_age' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        'quantile' as kind,
        'minutes' as unit,
        open_tickets as base,
        median_age_minutes as value,
        cast(null as double precision) as numerator,
        cast(open_tickets as double precision) as denominator,
        median_age_ci_low as ci_low,
        median_age_ci_high as ci_high,
        cast(null as double precision) as positives
    from {{ ref('int_backlog_stocks') }}

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
    union all
    select
        'no_reply_rate' as metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        closed_without_reply as counted,
        closed as base
    from {{ ref('int_closed_ticket_counts') }}

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
    from {{ ref('int_contact_rates') }}

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
        open_tickets as base,
        cast(open_tickets as double precision) as value,
        cast(open_tickets as double precision) as numerator,
        cast(null as double precision) as denominator,
        cast(null as double precision) as standard_error,
        cast(null as double precision) as ci_low,
        cast(null as double precision) as ci_high,
        cast(null as double precision) as positives,
        cast(null as double precision) as variance
    from {{ ref('int_backlog_stocks') }}

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
    value is not null as is_estimable
from measures
