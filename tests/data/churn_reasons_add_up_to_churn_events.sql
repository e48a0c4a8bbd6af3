-- Every churn event has exactly one primary reason, unknown included, at every grain (METRICS §3.9).
with

reasons as (

    select
        period_grain,
        period_start,
        sum(churned_customers) as reasoned
    from {{ ref('kpi_churn_reasons') }}
    where dimension = 'total'
    group by period_grain, period_start

)

select
    churn.period_grain,
    churn.period_start,
    churn.churn_events,
    reasons.reasoned
from {{ ref('kpi_churn') }} as churn
left join reasons
    on churn.period_grain = reasons.period_grain
    and churn.period_start = reasons.period_start
where
    churn.dimension = 'total'
    and churn.churn_events <> coalesce(reasons.reasoned, 0)
