-- One row per customer that ever paid: what it brought to as_of and what winning it cost (METRICS §5). MRR is earned
-- by the day, twelve months in 365.25 of them. A margin nobody delivered is unknown, never 0: of subscriptions
-- without gross_margin_rate, of orders where one of them has none.
with

clock as (

    select as_of_date from {{ ref('int_build_clock') }}

),

subscribed as (

    select
        states.customer_id,
        min(states.from_date) as first_paid_date,
        sum(states.mrr * {{ dbt.datediff(
            'states.from_date', 'least(states.to_date, clock.as_of_date)', 'day'
        ) }}) as mrr_days
    from {{ ref('int_customer_states') }} as states
    cross join clock
    group by states.customer_id

),

ordered as (

    select
        orders.customer_id,
        min({{ reporting_date('orders.ordered_at') }}) as first_paid_date,
        sum(orders.amount) as revenue,
        case when count(orders.margin) = count(*) then sum(orders.margin) end as margin
    from {{ ref('int_orders') }} as orders
    cross join clock
    where
        coalesce(orders.status, 'paid') in ('paid', 'placed')
        and {{ reporting_date('orders.ordered_at') }} <= clock.as_of_date
    group by orders.customer_id

),

joined as (

    select
        coalesce(subscribed.customer_id, ordered.customer_id) as customer_id,
        cast(
            coalesce(subscribed.mrr_days, 0) * 12 / cast(365.25 as double precision) as decimal(18, 4)
        ) as subscription_revenue,
        cast(coalesce(ordered.revenue, 0) as decimal(18, 4)) as order_revenue,
        case when ordered.customer_id is null then 0 else ordered.margin end as order_margin,
        least(
            coalesce(subscribed.first_paid_date, ordered.first_paid_date),
            coalesce(ordered.first_paid_date, subscribed.first_paid_date)
        ) as first_paid_date
    from subscribed
    full outer join ordered
        on subscribed.customer_id = ordered.customer_id

),

priced as (

    select
        *,
        cast(case
            when subscription_revenue = 0 then 0
            else subscription_revenue * {{ gross_margin_rate() }}
        end as decimal(18, 4)) as subscription_margin
    from joined

)

select
    priced.customer_id,
    coalesce(attributes.segment, 'unknown') as segment,
    coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
    priced.subscription_revenue,
    priced.order_revenue,
    cast(priced.subscription_margin + priced.order_margin as decimal(18, 4)) as margin,
    customers.acquisition_cost,
    cast(
        priced.subscription_margin + priced.order_margin - customers.acquisition_cost as decimal(18, 4)
    ) as clv_historic,
    priced.first_paid_date,
    {{ reporting_date('customers.acquired_at') }} as acquired_date
from priced
left join {{ ref('int_customer_attributes') }} as attributes
    on priced.customer_id = attributes.customer_id
    and priced.first_paid_date >= attributes.valid_from
    and priced.first_paid_date < attributes.valid_to
left join {{ ref('stg_crm__customers') }} as customers
    on priced.customer_id = customers.customer_id
