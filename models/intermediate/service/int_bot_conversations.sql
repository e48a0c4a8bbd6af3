-- One row per ticket in scope in which a bot answered before any person did, with how the conversation with the
-- bot ended (METRICS §4.5). It is handed off by a person's reply or by being assigned to a person; it is solved
-- when it is solved first; it is abandoned when it is closed without having been solved, or when nobody has
-- written for the recontact window.
{%- set window_hours = var('bot_recontact_hours') %}
with

tickets as (

    select * from {{ ref('int_tickets_measured') }}

),

automatic_employees as (

    select employee_id from {{ ref('stg_crm__employees') }}
    where role in ('bot', 'system')

),

messages as (

    select
        messages.ticket_id,
        min(case
            when
                messages.author_kind = 'bot'
                and {{ microseconds_between('tickets.created_at', 'messages.sent_at') }}
                >= case when in_scope.created_by = 'customer' then -2000000 else 0 end
                then messages.sent_at
        end) as first_bot_at,
        max(messages.sent_at) as last_message_at
    from {{ ref('int_ticket_messages') }} as messages
    inner join tickets
        on messages.ticket_id = tickets.ticket_id
    inner join {{ ref('int_tickets_in_scope') }} as in_scope
        on messages.ticket_id = in_scope.ticket_id
    group by messages.ticket_id

),

-- A bot that first speaks after the solution had no part in it.
bot_first as (

    select
        messages.ticket_id,
        messages.first_bot_at,
        messages.last_message_at,
        tickets.first_human_reply_at
    from messages
    inner join tickets
        on messages.ticket_id = tickets.ticket_id
    where
        messages.first_bot_at is not null
        and not tickets.is_human_clock_void
        and (tickets.first_human_reply_at is null or tickets.first_human_reply_at > messages.first_bot_at)
        and (tickets.first_solved_at is null or tickets.first_solved_at >= messages.first_bot_at)

),

assignments as (

    select
        bot_first.ticket_id,
        min(ticket_events.occurred_at) as first_assigned_at
    from bot_first
    inner join {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
        on bot_first.ticket_id = ticket_events.ticket_id
        and bot_first.first_bot_at <= ticket_events.occurred_at
    left join automatic_employees
        on ticket_events.new_value = automatic_employees.employee_id
    where
        ticket_events.field = 'assignee'
        and ticket_events.new_value is not null
        and ticket_events.occurred_at <= {{ as_of() }}
        and automatic_employees.employee_id is null
    group by bot_first.ticket_id

),

solutions as (

    select
        ticket_id,
        min(started_at) as solved_at
    from {{ ref('int_ticket_status_spells') }}
    where
        is_solution
        and status = 'solved'
    group by ticket_id

),

handed_off as (

    select
        bot_first.ticket_id,
        bot_first.first_bot_at,
        bot_first.last_message_at,
        least(bot_first.first_human_reply_at, assignments.first_assigned_at) as handed_off_at,
        solutions.solved_at
    from bot_first
    left join assignments
        on bot_first.ticket_id = assignments.ticket_id
    left join solutions
        on bot_first.ticket_id = solutions.ticket_id

),

-- A person who comes in after the end of the conversation is no handoff; nor a recontact, which is the customer's.
judged as (

    select
        tickets.ticket_id,
        tickets.customer_id,
        tickets.team,
        tickets.office,
        tickets.channel,
        tickets.priority,
        tickets.topic,
        tickets.segment,
        case
            when
                handed_off.handed_off_at is not null
                and (tickets.first_solved_at is null or handed_off.handed_off_at <= tickets.first_solved_at)
                then 'handed_off'
            when
                handed_off.solved_at = tickets.first_solved_at
                or (tickets.is_solved and not tickets.has_status_history) then 'solved'
            when tickets.first_solved_at is not null then 'abandoned'
            when
                {{ dbt.dateadd('hour', window_hours, 'handed_off.last_message_at') }} <= tickets.as_of
                then 'abandoned'
            else 'running'
        end as outcome,
        handed_off.first_bot_at,
        handed_off.last_message_at,
        handed_off.handed_off_at,
        tickets.first_solved_at,
        tickets.as_of
    from handed_off
    inner join tickets
        on handed_off.ticket_id = tickets.ticket_id

),

ended as (

    select
        *,
        case
            when outcome = 'handed_off' then handed_off_at
            when outcome <> 'running' then coalesce(first_solved_at, last_message_at)
        end as ended_at
    from judged

),

-- Whoever comes back, on whatever topic, was not helped by the bot. What was reopened before the end does not undo it.
recontacted as (

    select ended.ticket_id
    from ended
    inner join {{ ref('int_ticket_status_spells') }} as spells
        on ended.ticket_id = spells.ticket_id
        and spells.is_reopening
        and spells.started_at >= ended.ended_at
        and spells.started_at <= {{ dbt.dateadd('hour', window_hours, 'ended.ended_at') }}

    union

    select ended.ticket_id
    from ended
    inner join tickets as later_tickets
        on ended.customer_id = later_tickets.customer_id
        and ended.ticket_id <> later_tickets.ticket_id
        and later_tickets.created_at > ended.ended_at
        and later_tickets.created_at <= {{ dbt.dateadd('hour', window_hours, 'ended.ended_at') }}

)

select
    ended.ticket_id,
    ended.customer_id,
    ended.team,
    ended.office,
    ended.channel,
    ended.priority,
    ended.topic,
    ended.segment,
    ended.outcome,
    coalesce({{ dbt.dateadd('hour', window_hours, 'ended.ended_at') }} <= ended.as_of, false) as is_mature,
    recontacted.ticket_id is not null as is_recontacted,
    {{ reporting_date('ended.ended_at') }} as ended_date,
    ended.first_bot_at as first_bot_reply_at,
    case when ended.outcome = 'handed_off' then ended.handed_off_at end as handed_off_at,
    ended.ended_at
from ended
left join recontacted
    on ended.ticket_id = recontacted.ticket_id
