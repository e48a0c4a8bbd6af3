-- One row per message that counts for a reply: public, written by a customer, a person or a bot, not
-- automated, once however often the channel delivered it (CLARIFICATIONS D32, D33). Merged tickets' messages
-- stand under the survivor.
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
        message_id,
        ticket_id,
        sent_at,
        author_id,
        author_type,
        is_public,
        is_automated,
        {{ dbt.hash('body') }} as body_hash,
        body is not null as has_body
    from {{ ref('stg_helpdesk__ticket_messages') }}

),

repeated as (

    select
        message_id,
        case
            when has_body then {{ microseconds_between(
                "lag(sent_at) over (partition by ticket_id, coalesce(author_id, author_type), is_public, body_hash order by sent_at, message_id)",
                'sent_at'
            ) }} <= 60000000
            else false
        end as is_repeated
    from messages

)

select
    members.root_ticket_id as ticket_id,
    messages.message_id,
    case
        when coalesce(automatic_employees.role, messages.author_type) = 'agent' then 'human'
        else coalesce(automatic_employees.role, messages.author_type)
    end as author_kind,
    messages.sent_at
from messages
inner join members
    on messages.ticket_id = members.ticket_id
inner join repeated
    on messages.message_id = repeated.message_id
left join automatic_employees
    on messages.author_id = automatic_employees.employee_id
where messages.is_public
    and not messages.is_automated
    and coalesce(automatic_employees.role, messages.author_type) <> 'system'
    and not coalesce(repeated.is_repeated, false)
