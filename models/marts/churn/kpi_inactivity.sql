-- One row per scenario, period and breakdown: buyers without a contract that stopped buying, at the threshold and at a
-- quarter less and more of it (METRICS §3.7).
with

breakdowns as (

    select
        breakdowns.*,
        breakdowns.active_customers - breakdowns.kept_customers as inactive_customers,
        thresholds.threshold_days,
        thresholds.gaps,
        thresholds.gap_p90_days,
        thresholds.gap_p90_ci_low,
        thresholds.gap_p90_ci_high,
        {{ is_suppressed(
            'breakdowns.active_customers',
            [
                'breakdowns.scenario', 'breakdowns.period_grain', 'breakdowns.period_start', 'breakdowns.dimension',
                '(breakdowns.active_customers = 0)',
            ],
            'breakdowns.dimension_value'
        ) }} as is_suppressed
    from {{ ref('int_inactivity_breakdowns') }} as breakdowns
    inner join {{ ref('int_inactivity_thresholds') }} as thresholds
        on breakdowns.scenario = thresholds.scenario

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    scenario,
    active_customers as base,
    active_customers,
    inactive_customers,
    case when not is_suppressed then {{ share('inactive_customers', 'active_customers') }} end as inactive_churn_rate,
    case when not is_suppressed then {{ wilson_low('inactive_customers', 'active_customers') }} end as ci_low,
    case when not is_suppressed then {{ wilson_high('inactive_customers', 'active_customers') }} end as ci_high,
    lapses,
    returns,
    threshold_days,
    gaps,
    gap_p90_days,
    gap_p90_ci_low,
    gap_p90_ci_high,
    {{ publish_status(
        'active_customers', 'is_suppressed', is_immature('period_grain', 'period_start')
    ) }} as publish_status
from breakdowns
