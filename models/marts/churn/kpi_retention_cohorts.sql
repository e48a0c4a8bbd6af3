-- One row per start month and months since: who is still there, at each customer's own anniversary (METRICS
-- §3.5). A cell that not every member has reached is absent, never 0.
with

cohorts as (

    select
        *,
        cohort_size < {{ var('min_base_publish') }} as is_suppressed
    from {{ ref('int_retention_cohorts') }}

)

select
    'month' as period_grain,
    cohort_month as period_start,
    'total' as dimension,
    'total' as dimension_value,
    cohort_month,
    months_since,
    cohort_size as base,
    cohort_size,
    retained,
    case when not is_suppressed then {{ share('retained', 'cohort_size') }} end as retention,
    case when not is_suppressed then {{ wilson_low('retained', 'cohort_size') }} end as ci_low,
    case when not is_suppressed then {{ wilson_high('retained', 'cohort_size') }} end as ci_high,
    case when not is_suppressed then {{ share('mrr', 'first_mrr') }} end as nrr,
    case when not is_suppressed then {{ share('capped_mrr', 'first_mrr') }} end as grr,
    {{ publish_status('cohort_size', 'is_suppressed', 'false') }} as publish_status
from cohorts
