-- One row per period and breakdown: how many customers and how much revenue left (METRICS §3.1, §3.2).
with

breakdowns as (

    select * from {{ ref('int_churn_breakdowns') }}

),

judged as (

    select
        *,
        -- A cell without customers hides nobody, so it takes no other cell with it.
        {{ is_suppressed(
            'opening_customers', ['period_grain', 'period_start', 'dimension', '(opening_customers = 0)'],
            'dimension_value'
        ) }} as is_suppressed,
        dimension <> 'total' and opening_customers between 1 and {{ var('min_base_money') }} - 1 as is_money_suppressed
    from breakdowns

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    opening_customers as base,
    opening_customers,
    churned_customers,
    case when not is_suppressed then {{ share('churned_customers', 'opening_customers') }} end as logo_churn_rate,
    case when not is_suppressed then {{ wilson_low('churned_customers', 'opening_customers') }} end as ci_low,
    case when not is_suppressed then {{ wilson_high('churned_customers', 'opening_customers') }} end as ci_high,
    -- 1 - (1 - m)^12, never twelve times the month (METRICS §3.1).
    case
        when not is_suppressed then 1 - power(
            1 - {{ share('churned_customers', 'opening_customers') }},
            case period_grain when 'month' then 12 when 'quarter' then 4 when 'year' then 1 end
        )
    end as logo_churn_annualised,
    closing_customers,
    -- For comparison with others only; the rate above is the one to quote (METRICS §3.1).
    case
        when not is_suppressed then 2 * {{ share('churned_customers', 'opening_customers + closing_customers') }}
    end as churn_rate_avg_base,
    provisional_customers,
    paused_customers,
    paused_lost,
    churn_events,
    intra_period_churn,
    customer_months,
    case
        when not is_suppressed then churn_events / nullif(customer_months, 0)
    end as churn_hazard,
    case
        when not is_suppressed then {{ poisson_low('churn_events') }} / nullif(customer_months, 0)
    end as churn_hazard_ci_low,
    case
        when not is_suppressed then {{ poisson_high('churn_events') }} / nullif(customer_months, 0)
    end as churn_hazard_ci_high,
    case when not is_money_suppressed then opening_mrr end as opening_mrr,
    case when not is_money_suppressed then churned_mrr end as churned_mrr,
    case when not is_suppressed then grr end as grr,
    case when not is_suppressed then grr_ci_low end as grr_ci_low,
    case when not is_suppressed then grr_ci_high end as grr_ci_high,
    case when not is_suppressed then {{ share('capped_mrr_ex_pause', 'opening_mrr') }} end as grr_ex_pause,
    case when not is_suppressed then 1 - grr end as mrr_churn_gross,
    case when not is_suppressed then nrr end as nrr,
    case when not is_suppressed then nrr_ci_low end as nrr_ci_low,
    case when not is_suppressed then nrr_ci_high end as nrr_ci_high,
    {{ publish_status('opening_customers', 'is_suppressed', 'is_immature') }} as publish_status
from judged
