-- One row per order of a customer that is not invented for tests (CLARIFICATIONS D3).
-- A view: fct_orders is the same rows.
{{ config(materialized='view') }}

select
    orders.order_id,
    orders.customer_id,
    orders.employee_id,
    orders.status,
    orders.channel,
    orders.office,
    orders.amount,
    orders.margin,
    orders.currency,
    orders.ordered_at
from {{ ref('stg_crm__orders') }} as orders
left join {{ ref('stg_crm__customers') }} as customers
    on orders.customer_id = customers.customer_id
where not coalesce(customers.is_test, false)
