-- One row per month: how monthly recurring revenue came from its opening to its closing (METRICS §3.2).
with

movements as (

    select
        month,
        count(*) as customers,
        sum(opening_mrr) as opening_mrr,
        {%- for movement in ['new', 'reactivation', 'resume', 'expansion'] %}
        sum(case when movement = '{{ movement }}' then movement_mrr else 0 end) as {{ movement }}_mrr,
        {%- endfor %}
        {%- for movement in ['contraction', 'churn', 'pause'] %}
        sum(case when movement = '{{ movement }}' then -movement_mrr else 0 end) as {{ movement }}_mrr,
        {%- endfor %}
        sum(closing_mrr) as closing_mrr
    from {{ ref('fct_customer_months') }}
    group by month

)

select
    'month' as period_grain,
    month as period_start,
    'total' as dimension,
    'total' as dimension_value,
    customers as base,
    {%- for amount in [
        'opening', 'new', 'reactivation', 'resume', 'expansion', 'contraction', 'churn', 'pause', 'closing',
    ] %}
    cast({{ amount }}_mrr as decimal(18, 4)) as {{ amount }}_mrr,
    {%- endfor %}
    -- A bridge is a count of money, not an estimate, so it is shown whatever its base.
    {{ publish_status('customers', 'false', is_immature("'month'", 'month')) }} as publish_status
from movements
