-- One row per message that counts for a reply: public, written by a customer, a person or a bot, not
-- automated, once however often the channel delivered it (CLARIFICATIONS D32, D33). Merged tickets' messages
-- stand under the survivor. A message after as_of has not been sent yet.
with

apart as (

    select * from {{ ref('int_tickets_apart') }}

),

automatic_employees as (

    select
        employee_id,
        role
    from {{ ref('stg_crm__employees') }}
    where role in ('bot', 'system')

),

public_messages as (

    select
        ticket_messages.message_id,
        ticket_messages.ticket_id,
        coalesce(apart.root_ticket_id, ticket_messages.ticket_id) as root_ticket_id,
        coalesce(ticket_messages.author_id, ticket_messages.author_type) as author,
        case
            when ticket_messages.is_automated then 'system'
            when automatic_employees.role is not null then automatic_employees.role
            when ticket_messages.author_type = 'agent' then 'human'
            else ticket_messages.author_type
        end as author_kind,
        ticket_messages.body as fingerprint,
        ticket_messages.sent_at
    from {{ ref('stg_helpdesk__ticket_messages') }} as ticket_messages
    left join apart
        on ticket_messages.ticket_id = apart.ticket_id
    left join automatic_employees
        on ticket_messages.author_id = automatic_employees.employee_id
    where
        ticket_messages.is_public
        and ticket_messages.sent_at <= {{ as_of() }}
        and (apart.ticket_id is null or apart.root_ticket_id is not null)

),

-- What one author writes in one ticket with the same text shares a number: it is counted faster than the three are.
messages as (

    select
        message_id,
        root_ticket_id,
        {{ code_of('author_kind', ['customer', 'human', 'bot', 'system']) }} as author_kind,
        case
            when fingerprint is not null then {{ common_fingerprint(['ticket_id', 'author', 'fingerprint']) }}
        end as repeated_as,
        sent_at
    from public_messages

),

-- Few texts are sent twice, so only those are put in order.
said_again as (

    select repeated_as from messages
    where repeated_as is not null
    group by repeated_as
    having count(*) > 1

),

repeats as (

    select message_id
    from (
        select
            messages.message_id,
            {{ microseconds_between(
                'lag(messages.sent_at) over (
                    partition by messages.root_ticket_id, messages.repeated_as
                    order by messages.sent_at, messages.message_id
                )',
                'messages.sent_at'
            ) }} as since_previous
        from messages
        inner join said_again
            on messages.repeated_as = said_again.repeated_as
    ) as in_order
    where since_previous <= 60000000

)

select
    messages.root_ticket_id as ticket_id,
    messages.message_id,
    messages.author_kind,
    messages.sent_at
from messages
left join repeats
    on messages.message_id = repeats.message_id
where
    messages.author_kind <> 'system'
    and repeats.message_id is null
