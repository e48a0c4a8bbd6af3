-- One row per run of customer messages without a person's reply between them (METRICS §4.2, CLARIFICATIONS
-- D37): the first runs from the start of the human clock, later ones from the first customer message after a
-- reply. An unanswered run carries the censored wait. Tickets with a void human clock have none.
with

tickets as (

    select
        ticket_id,
        schedule_id,
        human_clock_started_at,
        human_measured_until,
        human_started_working,
        human_stopped_working,
        human_started_unscheduled,
        human_stopped_unscheduled,
        first_human_reply_at,
        last_solved_at,
        as_of,
        is_solved,
        -- Of a ticket that was closed without a history nobody knows how long its customer waited.
        has_status_history or not is_solved as is_end_known
    from {{ ref('int_tickets_measured') }}
    where not is_human_clock_void

),

segments as (

    select * from {{ ref('int_ticket_schedule_segments') }}

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

-- Only tickets a person replied to can have a second run.
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

turns as (

    select
        ticket_id,
        author_kind,
        sent_at,
        message_id,
        lag(author_kind) over (partition by ticket_id order by sent_at, message_id) as previous_kind
    from messages

),

-- From the first reply on, turns alternate: a customer waits, a person answers with the next turn.
alternating as (

    select
        ticket_id,
        author_kind,
        sent_at,
        sum(case when author_kind = 'customer' then 1 else 0 end) over in_order as later_run,
        lead(sent_at) over in_order as next_sent_at
    from turns
    where author_kind <> previous_kind
    window in_order as (partition by ticket_id order by sent_at, message_id)

),

later_runs as (

    select
        ticket_id,
        1 + later_run as run_number,
        sent_at as waiting_since,
        next_sent_at as replied_at
    from alternating
    where author_kind = 'customer'

),

-- A customer who writes after the last closure waits on, closed as the ticket is. A reply up to two seconds early
-- comes at once, whatever schedule ruled before.
stopped as (

    select
        later_runs.ticket_id,
        later_runs.run_number,
        tickets.schedule_id,
        later_runs.waiting_since,
        later_runs.replied_at,
        tickets.is_solved,
        tickets.last_solved_at,
        greatest(later_runs.waiting_since, coalesce(
            later_runs.replied_at,
            case
                when tickets.is_solved and tickets.last_solved_at > later_runs.waiting_since then tickets.last_solved_at
            end,
            tickets.as_of
        )) as measured_until
    from later_runs
    inner join tickets
        on later_runs.ticket_id = tickets.ticket_id
    where
        later_runs.replied_at is not null
        or tickets.is_end_known

),

-- The wait of the first run was measured with the ticket.
measured as (

    select
        ticket_id,
        cast(1 as bigint) as run_number,
        human_clock_started_at as waiting_since,
        first_human_reply_at as replied_at,
        human_measured_until as measured_until,
        is_solved,
        last_solved_at,
        human_started_working as started_working,
        human_stopped_working as stopped_working,
        human_started_unscheduled as started_unscheduled,
        human_stopped_unscheduled as stopped_unscheduled
    from tickets
    where
        first_human_reply_at is not null
        or is_end_known

    union all

    select
        stopped.ticket_id,
        cast(stopped.run_number as bigint) as run_number,
        stopped.waiting_since,
        stopped.replied_at,
        stopped.measured_until,
        stopped.is_solved,
        stopped.last_solved_at,
        {{ ticket_reading('stopped.waiting_since', 'start_days', 'start_segments', is_start=true) }}
            as started_working,
        {{ ticket_reading('stopped.measured_until', 'stop_days', 'stop_segments') }} as stopped_working,
        {{ unscheduled_reading('stopped.waiting_since', 'start_segments') }} as started_unscheduled,
        {{ unscheduled_reading('stopped.measured_until', 'stop_segments') }} as stopped_unscheduled
    from stopped
    left join segments as start_segments
        on stopped.ticket_id = start_segments.ticket_id
        and stopped.waiting_since >= start_segments.started_at
        and stopped.waiting_since < start_segments.ended_at
    left join business_days as start_days
        on {{ ruling_schedule('stopped', 'start_segments') }} = start_days.schedule_id
        and cast(stopped.waiting_since as date) = start_days.utc_date
    left join segments as stop_segments
        on stopped.ticket_id = stop_segments.ticket_id
        and stopped.measured_until >= stop_segments.started_at
        and stopped.measured_until < stop_segments.ended_at
    left join business_days as stop_days
        on {{ ruling_schedule('stopped', 'stop_segments') }} = stop_days.schedule_id
        and cast(stopped.measured_until as date) = stop_days.utc_date

)

select
    ticket_id,
    run_number,
    waiting_since,
    replied_at,
    measured_until,
    coalesce(replied_at is null and is_solved and last_solved_at > waiting_since, false) as is_closed_unanswered,
    {{ elapsed_minutes('waiting_since', 'measured_until') }} as wait_minutes,
    started_working,
    stopped_working,
    started_unscheduled,
    stopped_unscheduled
from measured
