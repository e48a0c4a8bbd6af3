-- One row per run of customer messages without a person's reply between them (METRICS §4.2, CLARIFICATIONS
-- D37): the first runs from the start of the human clock, later ones from the first customer message after a
-- reply. An unanswered run carries the censored wait. Tickets with a void human clock have none. A view, for the
-- first run was measured with its ticket and is stored there.
{{ config(materialized='view') }}

with

first_runs as (

    select
        ticket_id,
        cast(1 as bigint) as run_number,
        human_clock_started_at as waiting_since,
        first_human_reply_at as replied_at,
        human_measured_until as measured_until,
        coalesce(
            first_human_reply_at is null and is_solved and last_solved_at > human_clock_started_at, false
        ) as is_closed_unanswered,
        {{ elapsed_minutes('human_clock_started_at', 'human_measured_until') }} as wait_minutes,
        human_started_working as started_working,
        human_stopped_working as stopped_working,
        human_started_unscheduled as started_unscheduled,
        human_stopped_unscheduled as stopped_unscheduled
    from {{ beside(ref('int_tickets_measured')) }}
    where
        not is_human_clock_void
        -- Of a ticket that was closed without a history nobody knows how long its customer waited.
        and (first_human_reply_at is not null or has_status_history or not is_solved)

),

later_runs as (

    select * from {{ beside(ref('int_ticket_later_runs')) }}

)

select * from first_runs
union all
select * from later_runs
