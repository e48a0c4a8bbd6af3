-- One row per customer and local day with a purchase; what was cancelled or returned is none (METRICS §3.7). Two
-- orders of a day are one: the time between them says nothing of how long a customer stays away.
with

days as (

    select
        orders.customer_id,
        {{ reporting_date('orders.ordered_at') }} as purchase_date,
        count(*) as purchases
    from {{ ref('int_orders') }} as orders
    cross join {{ ref('int_build_clock') }} as clock
    where
        coalesce(orders.status, 'paid') in ('paid', 'placed')
        and {{ reporting_date('orders.ordered_at') }} <= clock.as_of_date
    group by orders.customer_id, {{ reporting_date('orders.ordered_at') }}

)

select
    customer_id,
    purchases,
    purchase_date,
    lead(purchase_date) over (partition by customer_id order by purchase_date) as next_purchase_date
from days
