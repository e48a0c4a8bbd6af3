-- One row per ticket in scope: when a person and when anybody first replied, where the clock for a person
-- starts, and up to where an unanswered customer has been waiting (CLARIFICATIONS D34 to D37).
with

tickets as (

    select * from {{ ref('int_tickets_in_scope') }}

),

resolutions as (

    select * from {{ ref('int_ticket_resolutions') }}

),

reopenings as (

    select
        ticket_id,
        started_at as reopened_at
    from {{ ref('int_ticket_status_spells') }}
    where is_reopening

),

segments as (

    select * from {{ ref('int_ticket_schedule_segments') }}

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

clock as (

    select as_of from {{ ref('int_build_clock') }}

),

-- What came before an agent's own ticket began for the customer is not part of it (D30).
messages as (

    select
        messages.ticket_id,
        messages.author_kind,
        messages.sent_at,
        tickets.created_at
    from {{ ref('int_ticket_messages') }} as messages
    inner join tickets
        on messages.ticket_id = tickets.ticket_id
    where tickets.created_by = 'customer' or messages.sent_at >= tickets.created_at

),

replies as (

    select
        ticket_id,
        min(sent_at) filter (where author_kind = 'human') as first_human_at,
        min(sent_at) filter (where author_kind in ('human', 'bot')) as first_any_at,
        min(sent_at) filter (where author_kind = 'bot') as first_bot_at,
        count(*) filter (
            where author_kind = 'human' and {{ microseconds_between('created_at', 'sent_at') }} >= -2000000
        ) as human_replies
    from messages
    group by ticket_id

),

-- Solved by a bot alone and reopened: the wait for a person starts again (D35).
solved_by_bot as (

    select
        replies.ticket_id,
        max(reopenings.reopened_at) as restarted_at
    from replies
    inner join resolutions
        on replies.ticket_id = resolutions.ticket_id
    inner join reopenings
        on replies.ticket_id = reopenings.ticket_id
    where
        replies.first_bot_at < resolutions.first_solved_at
        and reopenings.reopened_at >= resolutions.first_solved_at
        and (replies.first_human_at is null or replies.first_human_at >= resolutions.first_solved_at)
        and (replies.first_human_at is null or replies.first_human_at > reopenings.reopened_at)
    group by replies.ticket_id

),

judged as (

    select
        tickets.ticket_id,
        tickets.schedule_id,
        tickets.created_at,
        coalesce(solved_by_bot.restarted_at, tickets.created_at) as human_clock_started_at,
        coalesce({{ microseconds_between('tickets.created_at', 'replies.first_human_at') }} < -2000000, false)
            as is_human_clock_void,
        coalesce({{ microseconds_between('tickets.created_at', 'replies.first_any_at') }} < -2000000, false)
            as is_any_clock_void,
        replies.first_human_at,
        replies.first_any_at,
        coalesce(replies.human_replies, 0) as human_replies,
        coalesce(resolutions.is_solved, tickets.status in ('solved', 'closed')) as is_solved,
        resolutions.ticket_id is not null as has_history,
        resolutions.last_solved_at
    from tickets
    left join replies
        on tickets.ticket_id = replies.ticket_id
    left join solved_by_bot
        on tickets.ticket_id = solved_by_bot.ticket_id
    left join resolutions
        on tickets.ticket_id = resolutions.ticket_id

),

-- A closed ticket nobody replied to stopped waiting at its closure; every other clock runs until as_of.
clocks as (

    select
        judged.*,
        case
            when judged.is_solved and judged.last_solved_at > judged.human_clock_started_at
                then judged.last_solved_at
            else clock.as_of
        end as human_censored_at,
        case
            when judged.is_solved and judged.last_solved_at > judged.created_at then judged.last_solved_at
            else clock.as_of
        end as any_censored_at,
        clock.as_of
    from judged
    cross join clock

),

-- A reply up to two seconds early comes at once, whatever schedule ruled before.
measured as (

    select
        *,
        greatest(created_at, coalesce(first_any_at, any_censored_at)) as any_measured_until
    from clocks

)

select
    measured.*,
    {{ ticket_reading('measured.created_at', 'created_days', 'created_segments', is_start=true) }} as created_working,
    {{ unscheduled_reading('measured.created_at', 'created_segments') }} as created_unscheduled,
    {{ ticket_reading('measured.any_measured_until', 'any_days', 'any_segments') }} as any_working,
    {{ unscheduled_reading('measured.any_measured_until', 'any_segments') }} as any_unscheduled,
    {{ ticket_reading('measured.as_of', 'as_of_days', 'as_of_segments') }} as as_of_working,
    {{ unscheduled_reading('measured.as_of', 'as_of_segments') }} as as_of_unscheduled
from measured
left join segments as created_segments
    on measured.ticket_id = created_segments.ticket_id
    and measured.created_at >= created_segments.started_at
    and measured.created_at < created_segments.ended_at
left join business_days as created_days
    on {{ ruling_schedule('measured', 'created_segments') }} = created_days.schedule_id
    and cast(measured.created_at as date) = created_days.utc_date
left join segments as any_segments
    on measured.ticket_id = any_segments.ticket_id
    and measured.any_measured_until >= any_segments.started_at
    and measured.any_measured_until < any_segments.ended_at
left join business_days as any_days
    on {{ ruling_schedule('measured', 'any_segments') }} = any_days.schedule_id
    and cast(measured.any_measured_until as date) = any_days.utc_date
left join segments as as_of_segments
    on measured.ticket_id = as_of_segments.ticket_id
    and measured.as_of >= as_of_segments.started_at
    and measured.as_of < as_of_segments.ended_at
left join business_days as as_of_days
    on {{ ruling_schedule('measured', 'as_of_segments') }} = as_of_days.schedule_id
    and cast(measured.as_of as date) = as_of_days.utc_date
