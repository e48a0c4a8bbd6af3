-- One row per ticket in scope with its waits and its resolution, in calendar and in business minutes, as
-- fct_tickets publishes it; the KPIs of the subject start here. A view: int_ticket_clocks stores what is dear to
-- find, and a difference of two of its readings is not.
{{ config(materialized='view') }}

with

clocks as (

    select
        *,
        not is_human_clock_void and first_human_at is not null as is_answered,
        not is_any_clock_void and first_any_at is not null as is_any_answered,
        -- A ticket that was solved before its clock began is solved, and nothing is known of how long it took.
        is_solved and last_solved_at is not null as is_solution_known
    from {{ beside(ref('int_ticket_clocks')) }}

)

select
    ticket_id,
    customer_id,
    assignee_id,
    solver_id,
    schedule_id,
    sla_policy_id,
    team,
    office,
    channel,
    priority,
    topic,
    segment,
    status,
    case
        when is_human_clock_void then null
        when first_human_at is not null then 'answered'
        when is_solved then 'closed_without_reply'
        else 'waiting'
    end as reply_outcome,
    case
        when is_answered then {{ elapsed_minutes('human_clock_started_at', 'human_measured_until') }}
    end as first_reply_minutes,
    case
        when is_answered
            then {{ business_minutes(
                'human_started_working', 'human_stopped_working', 'human_started_unscheduled',
                'human_stopped_unscheduled'
            ) }}
    end as first_reply_business_minutes,
    case
        when is_any_answered then {{ elapsed_minutes('created_at', 'first_any_at') }}
    end as first_any_reply_minutes,
    case
        when is_any_answered
            then {{ business_minutes('created_working', 'any_working', 'created_unscheduled', 'any_unscheduled') }}
    end as first_any_reply_business_minutes,
    {{ elapsed_minutes('created_at', 'first_assigned_at') }} as assignment_minutes,
    case
        when first_assigned_at is not null
            then {{ business_minutes(
                'created_working', 'assigned_working', 'created_unscheduled', 'assigned_unscheduled'
            ) }}
    end as assignment_business_minutes,
    {{ elapsed_minutes('created_at', 'first_solved_at') }} as first_resolution_minutes,
    {{ business_minutes(
        'created_working', 'first_solved_working', 'created_unscheduled', 'first_solved_unscheduled'
    ) }} as first_resolution_business_minutes,
    case when is_solved then {{ elapsed_minutes('created_at', 'last_solved_at') }} end as full_resolution_minutes,
    case
        when is_solved
            then {{ business_minutes(
                'created_working', 'last_solved_working', 'created_unscheduled', 'last_solved_unscheduled'
            ) }}
    end as full_resolution_business_minutes,
    case when is_solution_known then in_work + on_hold + pending end
    / cast(60000000 as double precision) as active_resolution_minutes,
    case when is_solution_known then in_work + on_hold end
    / cast(60000000 as double precision) as requester_wait_minutes,
    case when is_solution_known then pending end / cast(60000000 as double precision) as agent_wait_minutes,
    case when is_solution_known then on_hold end / cast(60000000 as double precision) as on_hold_minutes,
    case when is_solution_known then in_work end / cast(60000000 as double precision) as agent_work_minutes,
    in_work,
    on_hold,
    pending,
    requester_wait_working,
    agent_work_working,
    human_replies,
    reopens,
    created_working,
    created_unscheduled,
    human_started_working,
    human_started_unscheduled,
    human_stopped_working,
    human_stopped_unscheduled,
    any_working,
    any_unscheduled,
    last_solved_working,
    last_solved_unscheduled,
    as_of_working,
    as_of_unscheduled,
    is_solved,
    is_solution_known,
    is_solved and human_replies = 1 and coalesce(reopens, 0) = 0 as is_one_touch,
    is_human_clock_void,
    is_any_clock_void,
    has_status_history,
    created_date,
    created_at,
    human_clock_started_at,
    case when not is_human_clock_void then first_human_at end as first_human_reply_at,
    case when not is_any_clock_void then first_any_at end as first_reply_at,
    first_assigned_at,
    first_solved_at,
    last_solved_at,
    first_reopened_at,
    human_measured_until,
    any_censored_at,
    as_of
from clocks
