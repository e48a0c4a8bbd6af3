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
        min(first_solved_at) as first_solved_at,
        min(occurred_at) filter (where new_value is not null and occurred_at <= {{ as_of() }}) as first_given_at
    from changes
    group by ticket_id

),

-- Where two changes share the moment that counts, their sequence and key decide (METRICS §13 rule 25).
in_question as (

    select * from by_time
    where is_shared

),

changes_in_question as (

    select
        in_question.ticket_id,
        in_question.is_changed_before_solution,
        in_question.first_solved_at,
        in_question.first_given_at,
        ticket_events.event_id,
        coalesce(ticket_events.sequence, -9223372036854775807) as sequence_or_first,
        ticket_events.old_value,
        ticket_events.new_value,
        ticket_events.occurred_at
    from {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
    inner join in_question
        on ticket_events.ticket_id = in_question.ticket_id
    where ticket_events.field = 'assignee'

)

-- A union and no join of the two: PostgreSQL, which expects one row, would order the second anew for each of the first.
select
    ticket_id,
    first_old_value,
    solver_id,
    is_changed_before_solution,
    first_given_at
from by_time
where not is_shared

union all

select
    ticket_id,
    {{ first_in_order('old_value', in_order) }} as first_old_value,
    {{ last_in_order('new_value', in_order, until_solved) }} as solver_id,
    bool_or(is_changed_before_solution) as is_changed_before_solution,
    min(first_given_at) as first_given_at
from changes_in_question
group by ticket_id
