-- One row per ticket whose messages count: tickets that stand for themselves, and tickets merged into one,
-- with the survivor at the end of the chain (CLARIFICATIONS D30, D31). Spam, tests and tickets of a test
-- customer are out; so is a ticket whose chain leads nowhere.
with recursive

tickets as (

    select
        ticket_id,
        customer_id,
        merged_into_ticket_id,
        created_at,
        created_by,
        is_spam or is_test as is_excluded
    from {{ ref('stg_helpdesk__tickets') }}

),

test_customers as (

    select customer_id from {{ ref('stg_crm__customers') }}
    where is_test

),

merged as (

    select
        ticket_id,
        merged_into_ticket_id
    from tickets
    where merged_into_ticket_id is not null

),

-- Staging rejects the tickets of a cycle; union drops repetitions, so the walk ends whatever it is given.
walks as (

    select
        ticket_id,
        merged_into_ticket_id as reached_ticket_id
    from merged

    union

    select
        walks.ticket_id,
        merged.merged_into_ticket_id as reached_ticket_id
    from walks
    inner join merged
        on walks.reached_ticket_id = merged.ticket_id

),

roots as (

    select
        tickets.ticket_id,
        tickets.customer_id
    from tickets
    left join test_customers
        on tickets.customer_id = test_customers.customer_id
    where
        tickets.merged_into_ticket_id is null
        and not tickets.is_excluded
        and test_customers.customer_id is null

),

absorbed as (

    select
        tickets.ticket_id,
        roots.ticket_id as root_ticket_id,
        tickets.created_at
    from walks
    inner join roots
        on walks.reached_ticket_id = roots.ticket_id
    inner join tickets
        on walks.ticket_id = tickets.ticket_id
    left join test_customers
        on tickets.customer_id = test_customers.customer_id
    where
        not tickets.is_excluded
        and tickets.created_by = 'customer'
        and test_customers.customer_id is null

)

select
    ticket_id,
    ticket_id as root_ticket_id,
    cast(null as timestamp) as merged_created_at
from roots

union all

select
    ticket_id,
    root_ticket_id,
    created_at as merged_created_at
from absorbed
