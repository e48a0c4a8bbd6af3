-- One row per order. A missing margin stays missing: no margin is not a margin of 0 (METRICS §5).
select
    order_id,
    customer_id,
    employee_id,
    status,
    channel,
    office,
    amount,
    margin,
    status in ('paid', 'placed') as is_purchase,
    ordered_at
from {{ ref('int_orders') }}
