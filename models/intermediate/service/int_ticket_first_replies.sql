-- One row per ticket in scope that a person or a bot wrote in: when each first replied (METRICS §4.1). A view: what
-- reads it, int_ticket_clocks, stores a row a ticket.
{{ config(materialized='view') }}

with

tickets as (

    select
        ticket_id,
        created_by,
        created_at
    from {{ ref('int_tickets_in_scope') }}

)

-- What came before an agent's own ticket began for the customer is not part of it (D30).
select
    messages.ticket_id,
    min(messages.sent_at) filter (where messages.author_kind = 'human') as first_human_at,
    min(messages.sent_at) as first_any_at,
    min(messages.sent_at) filter (where messages.author_kind = 'bot') as first_bot_at,
    count(case
        when
            messages.author_kind = 'human'
            and {{ microseconds_between('tickets.created_at', 'messages.sent_at') }} >= -2000000
            then 1
    end) as human_replies
from {{ ref('int_ticket_messages') }} as messages
inner join tickets
    on messages.ticket_id = tickets.ticket_id
where
    messages.author_kind in ('human', 'bot')
    and (tickets.created_by = 'customer' or messages.sent_at >= tickets.created_at)
group by messages.ticket_id
