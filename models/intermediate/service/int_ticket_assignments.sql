-- One row per ticket whose assignee ever changed: whose it was before, when it was first given to somebody, and who had
-- it when it was first solved (METRICS §4.0, attribution). A view: int_ticket_clocks stores what comes of it.
{{ config(materialized='view') }}
{%- set in_time = ['occurred_at'] %}
{%- set in_order = ['occurred_at', 'sequence_or_first', 'event_id'] %}
{%- set until_solved = 'occurred_at <= first_solved_at' %}
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
        ticket_events.old_value,
        ticket_events.new_value,
        ticket_events.occurred_at,
        solutions.first_solved_at
    from {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
    left join solutions
        on ticket_events.ticket_id = solutions.ticket_id
    where ticket_events.field = 'assignee'

),

by_time as (

    select
        ticket_id,
        {{ first_in_order('old_value', in_time) }} as first_old_value,
        {{ last_in_order('new_value', in_time, until_solved) }} as solver_id,
        bool_or({{ until_solved }}) as is_changed_before_solution,
        {{ lowest_is_shared('occurred_at') }} or {{ highest_is_shared('occurred_at', until_solved) }} as is_shared,
        min(occurred_at) filter (where new_value is not null and occurred_at <= {{ as_of() }}) as first_given_at
    from changes
    group by ticket_id

),

-- Where two changes share the moment that counts, their sequence and key decide (METRICS §13 rule 25).
in_question as (

    select ticket_id from by_time
    where is_shared

),

changes_in_question as (

    select
        ticket_events.ticket_id,
        ticket_events.event_id,
        ticket_events.old_value,
        ticket_events.new_value,
        coalesce(ticket_events.sequence, -9223372036854775807) as sequence_or_first,
        ticket_events.occurred_at,
        solutions.first_solved_at
    from {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
    inner join in_question
        on ticket_events.ticket_id = in_question.ticket_id
    left join solutions
        on ticket_events.ticket_id = solutions.ticket_id
    where ticket_events.field = 'assignee'

),

by_sequence as (

    select
        ticket_id,
        {{ first_in_order('old_value', in_order) }} as first_old_value,
        {{ last_in_order('new_value', in_order, until_solved) }} as solver_id
    from changes_in_question
    group by ticket_id

)

select
    by_time.ticket_id,
    case when by_time.is_shared then by_sequence.first_old_value else by_time.first_old_value end as first_old_value,
    case when by_time.is_shared then by_sequence.solver_id else by_time.solver_id end as solver_id,
    by_time.is_changed_before_solution,
    by_time.first_given_at
from by_time
left join by_sequence
    on by_time.ticket_id = by_sequence.ticket_id
