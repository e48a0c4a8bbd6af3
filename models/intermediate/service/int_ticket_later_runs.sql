-- One row per run of customer messages after a person's first reply (METRICS §4.2, CLARIFICATIONS D37): it starts
-- with the first message after a reply and ends with the next reply. An unanswered run carries the censored wait.
with

tickets as (

    select
        ticket_id,
        schedule_id,
        first_human_reply_at,
        last_solved_at,
        as_of,
        is_solved,
        -- Of a ticket that was closed without a history nobody knows how long its customer waited.
        has_status_history or not is_solved as is_end_known
    from {{ ref('int_tickets_measured') }}
    where first_human_reply_at is not null

),

segments as (

    select * from {{ ref('int_ticket_schedule_segments') }}

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

messages as (

    select
        messages.ticket_id,
        messages.message_id,
        messages.author_kind,
        messages.sent_at
    from {{ ref('int_ticket_messages') }} as messages
    inner join tickets
        on messages.ticket_id = tickets.ticket_id
    where
        messages.author_kind in ('customer', 'human')
        and messages.sent_at >= tickets.first_human_reply_at

),

beside_previous as (

    select
        ticket_id,
        author_kind,
        sent_at,
        lag(author_kind) over in_order as previous_kind,
        row_number() over in_order as place
    from messages
    window in_order as (partition by ticket_id order by sent_at, message_id)

),

-- From the first reply on, turns alternate: a customer waits, a person answers with the next turn.
turns as (

    select
        ticket_id,
        author_kind,
        sent_at,
        row_number() over in_order as turn,
        lead(sent_at) over in_order as next_sent_at
    from beside_previous
    where author_kind <> previous_kind
    window in_order as (partition by ticket_id order by place)

),

later_runs as (

    select
        ticket_id,
        1 + {{ whole_quotient('turn + 1', 2) }} as run_number,
        sent_at as waiting_since,
        next_sent_at as replied_at
    from turns
    where author_kind = 'customer'

),

-- A customer who writes after the last closure waits on, closed as the ticket is.
stopped as (

    select
        later_runs.ticket_id,
        later_runs.run_number,
        tickets.schedule_id,
        tickets.is_solved and tickets.last_solved_at > later_runs.waiting_since as is_closed_later,
        later_runs.waiting_since,
        later_runs.replied_at,
        coalesce(
            later_runs.replied_at,
            case
                when tickets.is_solved and tickets.last_solved_at > later_runs.waiting_since then tickets.last_solved_at
            end,
            tickets.as_of
        ) as measured_until
    from later_runs
    inner join tickets
        on later_runs.ticket_id = tickets.ticket_id
    where
        later_runs.replied_at is not null
        or tickets.is_end_known

)

select
    stopped.ticket_id,
    stopped.run_number,
    stopped.waiting_since,
    stopped.replied_at,
    stopped.measured_until,
    coalesce(stopped.replied_at is null and stopped.is_closed_later, false) as is_closed_unanswered,
    {{ elapsed_minutes('stopped.waiting_since', 'stopped.measured_until') }} as wait_minutes,
    {{ ticket_reading('stopped.waiting_since', 'start', is_start=true) }} as started_working,
    {{ ticket_reading('stopped.measured_until', 'stop') }} as stopped_working,
    {{ unscheduled_reading('stopped.waiting_since', 'start') }} as started_unscheduled,
    {{ unscheduled_reading('stopped.measured_until', 'stop') }} as stopped_unscheduled
from stopped
{{ joins_of_reading('stopped', 'waiting_since', 'start') }}
{{ joins_of_reading('stopped', 'measured_until', 'stop') }}
