-- One row per ticket whose assignee ever changed: whose it was before, when it was first given to somebody, and who had
-- it when it was first solved (METRICS §4.0, attribution). A view: int_tickets_measured stores what comes of it.
{{ config(materialized='view') }}
{%- set in_order = ['occurred_at', 'sequence_or_first', 'event_id'] %}
with

solutions as (

    select
        ticket_id,
        min(started_at) as first_solved_at
    from {{ ref('int_ticket_status_spells') }}
    where is_solution
    group by ticket_id

),

changes as (

    select
        ticket_events.ticket_id,
        ticket_events.event_id,
        ticket_events.old_value,
        ticket_events.new_value,
        coalesce(ticket_events.sequence, -9223372036854775807) as sequence_or_first,
        ticket_events.occurred_at,
        solutions.first_solved_at
    from {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
    left join solutions
        on ticket_events.ticket_id = solutions.ticket_id
    where ticket_events.field = 'assignee'

)

select
    ticket_id,
    {{ first_in_order('old_value', in_order) }} as first_old_value,
    {{ last_in_order('new_value', in_order, 'occurred_at <= first_solved_at') }} as solver_id,
    bool_or(occurred_at <= first_solved_at) as is_changed_before_solution,
    min(occurred_at) filter (where new_value is not null and occurred_at <= {{ as_of() }}) as first_given_at
from changes
group by ticket_id
