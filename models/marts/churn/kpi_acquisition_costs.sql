-- One row per period and channel: what winning a customer cost (METRICS §5). Null where nobody has a cost.
with

judged as (

    select
        *,
        {{ is_suppressed(
            'new_customers', ['period_grain', 'period_start', 'dimension', '(new_customers = 0)'], 'dimension_value'
        ) }} as is_suppressed
    from {{ ref('int_acquisition_costs') }}

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    new_customers as base,
    new_customers,
    customers_with_cost,
    case when not is_suppressed then acquisition_cost end as acquisition_cost,
    case when not is_suppressed then {{ share('acquisition_cost', 'new_customers') }} end as cac,
    {{ publish_status(
        'new_customers', 'is_suppressed', is_immature('period_grain', 'period_start'),
        'acquisition_cost is not null and new_customers > 0'
    ) }} as publish_status
from judged
