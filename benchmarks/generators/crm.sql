-- A CRM of $size customers over 36 months as raw Parquet, the same for the same size: 1.3 subscriptions and 0.9
-- changes a customer, cancellations for most who leave, attributes that change for a tenth, two orders each. Every
-- number is a hash of the customer's, so nothing is drawn.
create or replace macro side(customer, throw, sides) as cast(hash(customer, throw) % sides as bigint);
create or replace macro dice(customer, throw) as side(customer, throw, 1000000) / 1000000.0;

create or replace table customers_drawn as
select
    customer,
    'C' || lpad(cast(customer as varchar), 9, '0') as customer_id,
    timestamp '2023-01-01 00:00:00' + to_seconds(cast(floor(dice(customer, 1) * 1095 * 86400) as bigint)) as started_at,
    to_seconds(cast(floor(86400 * (20 - 500 * ln(1 - dice(customer, 2)))) as bigint)) as stays,
    dice(customer, 3) as fate
from range($size) as numbers (customer);

copy (
    select
        customer_id,
        'Customer ' || customer as name,
        ['small', 'middle', 'large', 'public'][1 + side(customer, 4, 4)] as segment,
        ['new', 'plain', 'loyal'][1 + side(customer, 5, 3)] as persona,
        ['LT', 'LV', 'EE', 'PL'][1 + side(customer, 6, 4)] as country,
        'region ' || side(customer, 7, 10) as region,
        ['search', 'partner', 'friend', 'event', 'other'][1 + side(customer, 8, 5)] as acquisition_channel,
        50 + side(customer, 9, 400) as acquisition_cost,
        started_at - interval 3 day as acquired_at
    from customers_drawn
    order by customer
) to '$folder/crm/customers.parquet' (format parquet);

copy (
    select
        customer_id,
        'segment' as attribute,
        ['small', 'middle', 'large', 'public'][1 + side(customer, 10 + part, 4)] as value,
        cast(started_at as date) + cast(part * (30 + side(customer, 12, 300)) as integer) as valid_from
    from customers_drawn
    cross join range(2) as parts (part)
    where side(customer, 13, 10) = 0
) to '$folder/crm/customer_history.parquet' (format parquet);

create or replace table subscriptions_drawn as
select
    customer,
    customer_id,
    'S' || lpad(cast(customer * 4 + part as varchar), 10, '0') as subscription_id,
    case when part = 0 then started_at else started_at + stays + to_days(cast(side(customer, 14, 60) as integer)) end
        as started_at,
    case
        when part = 0 and started_at + stays < timestamp '2026-03-01' then started_at + stays
    end as ended_at,
    part
from customers_drawn
cross join range(2) as parts (part)
where part = 0 or (fate < 0.3 and started_at + stays < timestamp '2026-01-01');

copy (
    select
        subscription_id,
        customer_id,
        'product ' || side(customer, 15, 3) as product,
        ['basic', 'plus', 'premium'][1 + side(customer, 16 + part, 3)] as plan,
        10 + side(customer, 18 + part, 90) as mrr,
        started_at,
        ended_at,
        case when ended_at is not null and side(customer, 20, 10) = 0 then 'past_due' else 'active' end as status
    from subscriptions_drawn
    order by customer, part
) to '$folder/crm/subscriptions.parquet' (format parquet);

copy (
    select
        subscription_id || '-' || step as change_id,
        subscription_id,
        case
            when side(customer, 21, 5) = 0 and step = 0 then 'pause'
            when side(customer, 21, 5) = 0 and step = 1 then 'resume'
            else 'price'
        end as kind,
        case when side(customer, 21, 5) = 0 and step = 0 then 0 else 10 + side(customer, 22 + step, 90) end as mrr,
        started_at + to_days(cast(30 + step * (20 + side(customer, 25, 90)) as integer)) as effective_at
    from subscriptions_drawn
    cross join range(2) as steps (step)
    where side(customer, 26, 10) < 4
) to '$folder/crm/subscription_changes.parquet' (format parquet);

copy (
    select
        'K' || lpad(cast(customer as varchar), 9, '0') as cancellation_id,
        customer_id,
        ended_at - interval 5 day as requested_at,
        ended_at as effective_at,
        ['customer', 'customer', 'customer', 'company', 'payment_system'][1 + side(customer, 27, 5)] as initiator,
        ['customer', 'agent'][1 + side(customer, 28, 2)] as recorded_by,
        ['price', 'slow_response', 'usability', 'moved', 'competitor', null][1 + side(customer, 29, 6)] as reason,
        ['far too expensive for us', 'we moved to another city', null][1 + side(customer, 30, 3)] as reason_text,
        ['Northwind', 'Contoso', null, null][1 + side(customer, 31, 4)] as competitor
    from subscriptions_drawn
    where part = 0 and ended_at is not null and side(customer, 32, 10) < 8
) to '$folder/crm/cancellations.parquet' (format parquet);

copy (
    select
        customer_id || '-' || part as order_id,
        customer_id,
        started_at + to_days(cast(part * (10 + side(customer, 33 + part, 120)) as integer)) as ordered_at,
        ['paid', 'paid', 'paid', 'returned'][1 + side(customer, 36 + part, 4)] as status,
        20 + side(customer, 40 + part, 200) as amount,
        5 + side(customer, 44 + part, 15) as margin
    from customers_drawn
    cross join range(4) as parts (part)
    where part < side(customer, 48, 5)
) to '$folder/crm/orders.parquet' (format parquet);
