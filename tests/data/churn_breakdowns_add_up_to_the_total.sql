-- Customers and events of every breakdown add up to the total of their period.
with

sums as (

    select
        period_grain,
        period_start,
        dimension,
        sum(opening_customers) as opening_customers,
        sum(churned_customers) as churned_customers,
        sum(churn_events) as churn_events
    from {{ ref('kpi_churn') }}
    group by period_grain, period_start, dimension

)

select
    parts.period_grain,
    parts.period_start,
    parts.dimension
from sums as parts
inner join sums as totals
    on parts.period_grain = totals.period_grain
    and parts.period_start = totals.period_start
    and totals.dimension = 'total'
where
    parts.opening_customers <> totals.opening_customers
    or parts.churned_customers <> totals.churned_customers
    or parts.churn_events <> totals.churn_events
