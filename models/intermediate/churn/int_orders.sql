-- One row per order of a customer that is not invented for tests (CLARIFICATIONS D3).
select orders.*
from {{ ref('stg_crm__orders') }} as orders
left join {{ ref('stg_crm__customers') }} as customers
    on orders.customer_id = customers.customer_id
where not coalesce(customers.is_test, false)
