-- One row per metric, start cohort or month and breakdown: lifetime value and the cost of winning customers, as
-- int_churn_measures takes them (METRICS §5).
{%- set keys = ['period_grain', 'period_start', 'dimension', 'dimension_value'] %}
{%- set nothing = 'cast(null as double precision)' %}
{#- value, unit, interval #}
{%- set values = {
    'clv_seed': ('money', nothing, nothing),
    'clv_margin': ('money', nothing, nothing),
    'clv_survival': ('money', 'clv_survival_low', 'clv_survival_high'),
    'ltv_cac': ('ratio', nothing, nothing),
} %}
with

cells as (

    select * from {{ ref('int_customer_values') }}

),

costs as (

    select * from {{ ref('int_acquisition_costs') }}
    where new_customers > 0

)
{% for metric, (unit, low, high) in values.items() %}
select
    '{{ metric }}' as metric,
    {{ keys | join(', ') }},
    'estimate' as kind,
    '{{ unit }}' as unit,
    customers as base,
    {{ metric }} as value,
    cast(null as double precision) as numerator,
    cast(null as double precision) as denominator,
    cast(null as double precision) as standard_error,
    {{ low }} as ci_low,
    {{ high }} as ci_high
from cells

union all
{% endfor %}
-- The mean over those whose margin and cost are known.
select
    'clv_historic' as metric,
    {{ keys | join(', ') }},
    'estimate' as kind,
    'money' as unit,
    customers_with_value as base,
    clv_historic as value,
    clv_historic * customers_with_value as numerator,
    cast(customers_with_value as double precision) as denominator,
    sqrt(clv_historic_variance / customers_with_value) as standard_error,
    {{ mean_low('clv_historic', 'clv_historic_variance', 'customers_with_value') }} as ci_low,
    {{ mean_high('clv_historic', 'clv_historic_variance', 'customers_with_value') }} as ci_high
from cells
where customers_with_value > 0

union all

select
    'cac' as metric,
    {{ keys | join(', ') }},
    'estimate' as kind,
    'money' as unit,
    new_customers as base,
    {{ share('acquisition_cost', 'new_customers') }} as value,
    cast(acquisition_cost as double precision) as numerator,
    cast(new_customers as double precision) as denominator,
    cast(null as double precision) as standard_error,
    cast(null as double precision) as ci_low,
    cast(null as double precision) as ci_high
from costs
