-- One row per reason, period and breakdown: the churn events it is the primary or a contributing reason of (METRICS
-- §3.9). An event can mention several, so the shares of a period add up to more than 1.
select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    mention as reason,
    base,
    mentions,
    primary_mentions,
    case when not is_suppressed then share end as mention_share,
    case when not is_suppressed then ci_low end as ci_low,
    case when not is_suppressed then ci_high end as ci_high,
    {{ publish_status('base', 'is_suppressed', is_immature('period_grain', 'period_start')) }} as publish_status
from {{ ref('int_churn_mentions') }}
where kind = 'reason'
