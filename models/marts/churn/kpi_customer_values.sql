-- One row per start cohort and breakdown: what a customer is worth over its life and what winning it cost (METRICS
-- §5).
{%- set numbers = [
    'annual_revenue', 'annual_margin', 'annual_retention', 'relationship_years', 'acquisition_cost', 'clv_seed',
    'clv_margin', 'clv_margin_perpetual', 'value_before_cost', 'clv_survival', 'clv_survival_low',
    'clv_survival_high', 'ltv_cac', 'clv_historic',
] %}
with

judged as (

    select
        *,
        {{ is_suppressed('customers', ['period_grain', 'period_start', 'dimension'], 'dimension_value') }}
            as is_suppressed
    from {{ ref('int_customer_values') }}

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    customers as base,
    customers_with_cost,
    horizon_years,
    {%- for number in numbers %}
    case when not is_suppressed then {{ number }} end as {{ number }},
    {%- endfor %}
    is_extrapolated,
    {{ publish_status(
        'customers', 'is_suppressed', is_immature('period_grain', 'period_start'), 'clv_survival is not null'
    ) }} as publish_status
from judged
