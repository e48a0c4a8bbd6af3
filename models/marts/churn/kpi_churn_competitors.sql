-- One row per competitor, period and breakdown: who wins the customers we lose, of the churn events with any evidence
-- of a competitor (METRICS §3.9). An event that names two counts for both.
select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    mention as competitor,
    base,
    mentions as churned_customers,
    case when not is_suppressed then share end as share,
    case when not is_suppressed then ci_low end as ci_low,
    case when not is_suppressed then ci_high end as ci_high,
    case when dimension = 'total' or mentions >= {{ var('min_base_money') }} then mrr_lost end as mrr_lost,
    {{ publish_status('base', 'is_suppressed', is_immature('period_grain', 'period_start')) }} as publish_status
from {{ ref('int_churn_mentions') }}
where kind = 'competitor'
