-- One row per ticket in scope with the instant its clock starts (METRICS §4.0, CLARIFICATIONS D30, D31): a
-- customer's own ticket, or the earliest merged into it, starts when it was created; one opened by an agent, a
-- bot or a system starts with the customer's first public message, and without one is out. A clock that would
-- start after as_of has not started.
{%- set default_schedule = dbt.string_literal(dbt.escape_single_quotes(var('default_schedule')))
    if var('default_schedule') else 'null' %}
with

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

),

apart as (

    select * from {{ ref('int_tickets_apart') }}

),

messages as (

    select * from {{ ref('int_ticket_messages') }}

),

schedules as (

    select distinct schedule_id from {{ ref('stg_helpdesk__schedules') }}

),

-- The only schedule there is, else the one the variable names (RAW_CONTRACT helpdesk).
default_schedules as (

    select
        case
            when count(*) = 1 then min(schedule_id)
            else {{ default_schedule }}
        end as schedule_id
    from schedules

),

absorbed as (

    select
        root_ticket_id,
        min(created_at) as first_created_at
    from apart
    where root_ticket_id is not null
    group by root_ticket_id

),

first_customer_messages as (

    select
        messages.ticket_id,
        min(messages.sent_at) as first_sent_at
    from messages
    inner join tickets
        on messages.ticket_id = tickets.ticket_id
    where
        messages.author_kind = 'customer'
        and tickets.created_by <> 'customer'
    group by messages.ticket_id

),

started as (

    select
        tickets.ticket_id,
        tickets.created_by,
        tickets.status,
        tickets.schedule_id,
        coalesce(
            least(
                case when tickets.created_by = 'customer' then tickets.created_at end,
                absorbed.first_created_at
            ),
            first_customer_messages.first_sent_at
        ) as clock_started_at
    from tickets
    left join apart
        on tickets.ticket_id = apart.ticket_id
    left join absorbed
        on tickets.ticket_id = absorbed.root_ticket_id
    left join first_customer_messages
        on tickets.ticket_id = first_customer_messages.ticket_id
    where apart.ticket_id is null

)

select
    started.ticket_id,
    started.created_by,
    started.status,
    coalesce(started.schedule_id, default_schedules.schedule_id) as schedule_id,
    default_schedules.schedule_id as default_schedule_id,
    started.clock_started_at as created_at
from started
cross join default_schedules
where started.clock_started_at <= {{ as_of() }}
