-- One row per ticket whose assignee ever changed: whose it was before, when it was first given to somebody, and who had
-- it when it was first solved (METRICS §4.0, attribution). A view: int_tickets_measured stores what comes of it.
{{ config(materialized='view') }}

with

changes as (

    select
        ticket_id,
        old_value,
        new_value,
        occurred_at,
        row_number() over in_order as change_number,
        lead(occurred_at) over in_order as changed_again_at
    from {{ ref('stg_helpdesk__ticket_events') }}
    where field = 'assignee'
    window in_order as (partition by ticket_id order by occurred_at, sequence nulls first, event_id)

),

solutions as (

    select
        ticket_id,
        min(started_at) as first_solved_at
    from {{ ref('int_ticket_status_spells') }}
    where is_solution
    group by ticket_id

)

-- Of the changes up to the solution only the last is followed by none before it.
select
    changes.ticket_id,
    max(changes.old_value) filter (where changes.change_number = 1) as first_old_value,
    max(case
        when
            changes.occurred_at <= solutions.first_solved_at
            and (changes.changed_again_at is null or changes.changed_again_at > solutions.first_solved_at)
            then changes.new_value
    end) as solver_id,
    bool_or(changes.occurred_at <= solutions.first_solved_at) as is_changed_before_solution,
    min(changes.occurred_at) filter (
        where changes.new_value is not null and changes.occurred_at <= {{ as_of() }}
    ) as first_given_at
from changes
left join solutions
    on changes.ticket_id = solutions.ticket_id
group by changes.ticket_id
