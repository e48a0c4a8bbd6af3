-- One row per ticket that a person replied to: who that was (METRICS §4.0, attribution).
with

first_messages as (

    select
        tickets.ticket_id,
        min(messages.message_id) as message_id
    from {{ ref('int_tickets_measured') }} as tickets
    inner join {{ ref('int_ticket_messages') }} as messages
        on tickets.ticket_id = messages.ticket_id
        and tickets.first_human_reply_at = messages.sent_at
    where messages.author_kind = 'human'
    group by tickets.ticket_id

)

select
    first_messages.ticket_id,
    ticket_messages.author_id as replier_id
from first_messages
inner join {{ ref('stg_helpdesk__ticket_messages') }} as ticket_messages
    on first_messages.message_id = ticket_messages.message_id
