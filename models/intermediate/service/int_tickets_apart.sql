-- One row per ticket that does not stand for itself: merged into another, or left out as spam, a test or a test
-- customer's. With the survivor at the end of its chain of merges, which is what a reference to it is about, whoever
-- opened it; null where the chain leads nowhere or to a ticket left out (D31). And with the ticket its messages count
-- for: that survivor, but none where it was not opened by a customer or is left out itself (CLARIFICATIONS D30, D31).
-- Every other ticket is its own; these are few, so what reads them need not look up all the others.
with recursive

test_customers as (

    select customer_id from {{ ref('stg_crm__customers') }}
    where is_test

),

tickets as (

    select
        tickets.ticket_id,
        tickets.merged_into_ticket_id,
        tickets.created_by,
        tickets.is_spam or tickets.is_test or test_customers.customer_id is not null as is_left_out,
        tickets.created_at
    from {{ ref('stg_helpdesk__tickets') }} as tickets
    left join test_customers
        on tickets.customer_id = test_customers.customer_id

),

apart as (

    select * from tickets
    where
        merged_into_ticket_id is not null
        or is_left_out

),

merged as (

    select
        ticket_id,
        merged_into_ticket_id
    from apart
    where merged_into_ticket_id is not null

),

-- Staging rejects the tickets of a cycle.
{{ walks_along('merged') }},

survivors as (

    select
        merged_walks.ticket_id,
        tickets.ticket_id as survivor_ticket_id
    from merged_walks
    inner join tickets
        on merged_walks.reached_ticket_id = tickets.ticket_id
    where
        tickets.merged_into_ticket_id is null
        and not tickets.is_left_out

)

select
    apart.ticket_id,
    case when apart.created_by = 'customer' and not apart.is_left_out then survivors.survivor_ticket_id end
        as root_ticket_id,
    survivors.survivor_ticket_id,
    apart.created_at
from apart
left join survivors
    on apart.ticket_id = survivors.ticket_id
