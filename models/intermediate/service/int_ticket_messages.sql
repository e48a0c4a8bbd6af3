-- One row per message that counts for a reply: public, written by a customer, a person or a bot, not
-- automated, once however often the channel delivered it (CLARIFICATIONS D32, D33). Merged tickets' messages
-- stand under the survivor. A message after as_of has not been sent yet.
with

members as (

    select * from {{ ref('int_ticket_members') }}

),

automatic_employees as (

    select
        employee_id,
        role
    from {{ ref('stg_crm__employees') }}
    where role in ('bot', 'system')

),

messages as (

    select
        ticket_messages.message_id,
        ticket_messages.ticket_id,
        members.root_ticket_id,
        ticket_messages.sent_at,
        coalesce(ticket_messages.author_id, ticket_messages.author_type) as author,
        coalesce(automatic_employees.role, ticket_messages.author_type) as author_role,
        ticket_messages.is_automated,
        ticket_messages.body as fingerprint
    from {{ ref('stg_helpdesk__ticket_messages') }} as ticket_messages
    inner join members
        on ticket_messages.ticket_id = members.ticket_id
    left join automatic_employees
        on ticket_messages.author_id = automatic_employees.employee_id
    where
        ticket_messages.is_public
        and ticket_messages.sent_at <= {{ as_of() }}

),

-- Few texts are sent twice, so only those are put in order.
said_again as (

    select
        ticket_id,
        author,
        fingerprint
    from messages
    where fingerprint is not null
    group by ticket_id, author, fingerprint
    having count(*) > 1

),

repeats as (

    select message_id
    from (
        select
            messages.message_id,
            {{ microseconds_between(
                'lag(messages.sent_at) over (
                    partition by messages.ticket_id, messages.author, messages.fingerprint
                    order by messages.sent_at, messages.message_id
                )',
                'messages.sent_at'
            ) }} as since_previous
        from messages
        inner join said_again
            on messages.ticket_id = said_again.ticket_id
            and messages.author = said_again.author
            and messages.fingerprint = said_again.fingerprint
        where messages.fingerprint is not null
    ) as in_order
    where since_previous <= 60000000

)

select
    messages.root_ticket_id as ticket_id,
    messages.message_id,
    case when messages.author_role = 'agent' then 'human' else messages.author_role end as author_kind,
    messages.sent_at
from messages
left join repeats
    on messages.message_id = repeats.message_id
where
    not messages.is_automated
    and messages.author_role <> 'system'
    and repeats.message_id is null
