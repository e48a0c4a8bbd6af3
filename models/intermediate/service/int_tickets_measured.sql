-- One row per ticket in scope with its waits and its resolution, in calendar and in business minutes, as
-- fct_tickets publishes it; the KPIs of the subject start here.
with

tickets as (

    select * from {{ ref('int_tickets_in_scope') }}

),

-- A ticket that was solved before its clock began is solved, and nothing is known of how long it took.
replies as (

    select
        *,
        is_solved and last_solved_at is not null as is_solution_known
    from {{ ref('int_ticket_first_replies') }}

),

first_runs as (

    select * from {{ ref('int_ticket_reply_runs') }}
    where run_number = 1

),

resolutions as (

    select * from {{ ref('int_ticket_resolutions') }}

),

assignments as (

    select * from {{ ref('int_ticket_assignments') }}

),

customer_attributes as (

    select
        customer_id,
        segment,
        valid_from,
        valid_to
    from {{ ref('int_customer_attributes') }}

),

last_segments as (

    select
        ticket_id,
        named_schedule_id
    from {{ ref('int_ticket_schedule_segments') }}
    where ended_at = timestamp '9999-12-31 00:00:00'

)

select
    tickets.ticket_id,
    tickets.customer_id,
    tickets.assignee_id,
    case
        when last_segments.ticket_id is null then tickets.schedule_id else last_segments.named_schedule_id
    end as schedule_id,
    tickets.sla_policy_id,
    assignments.solver_id,
    tickets.team,
    tickets.office,
    tickets.channel,
    tickets.priority,
    tickets.topic,
    coalesce(customer_attributes.segment, 'unknown') as segment,
    coalesce(resolutions.current_status, tickets.status) as status,
    case
        when replies.is_human_clock_void then null
        when replies.first_human_at is not null then 'answered'
        when replies.is_solved then 'closed_without_reply'
        else 'waiting'
    end as reply_outcome,
    case when first_runs.replied_at is not null then first_runs.wait_minutes end as first_reply_minutes,
    case
        when first_runs.replied_at is not null
            then {{ business_minutes(
                'first_runs.started_working', 'first_runs.stopped_working', 'first_runs.started_unscheduled',
                'first_runs.stopped_unscheduled'
            ) }}
    end as first_reply_business_minutes,
    case
        when not replies.is_any_clock_void and replies.first_any_at is not null
            then {{ elapsed_minutes('replies.created_at', 'replies.first_any_at') }}
    end as first_any_reply_minutes,
    case
        when not replies.is_any_clock_void and replies.first_any_at is not null
            then {{ business_minutes(
                'replies.created_working', 'replies.any_working', 'replies.created_unscheduled',
                'replies.any_unscheduled'
            ) }}
    end as first_any_reply_business_minutes,
    {{ elapsed_minutes('replies.created_at', 'resolutions.first_solved_at') }} as first_resolution_minutes,
    {{ business_minutes(
        'replies.created_working', 'resolutions.first_solved_working', 'replies.created_unscheduled',
        'resolutions.first_solved_unscheduled'
    ) }}
        as first_resolution_business_minutes,
    assignments.assignment_minutes,
    assignments.assignment_business_minutes,
    case
        when replies.is_solved then {{ elapsed_minutes('replies.created_at', 'resolutions.last_solved_at') }}
    end as full_resolution_minutes,
    case
        when replies.is_solved
            then {{ business_minutes(
                'replies.created_working', 'resolutions.last_solved_working', 'replies.created_unscheduled',
                'resolutions.last_solved_unscheduled'
            ) }}
    end as full_resolution_business_minutes,
    case
        when replies.is_solution_known
            then (resolutions.in_work + resolutions.on_hold + resolutions.pending) / cast(60000000 as double precision)
    end as active_resolution_minutes,
    case
        when replies.is_solution_known
            then (resolutions.in_work + resolutions.on_hold) / cast(60000000 as double precision)
    end as requester_wait_minutes,
    case
        when replies.is_solution_known then resolutions.pending / cast(60000000 as double precision)
    end as agent_wait_minutes,
    case
        when replies.is_solution_known then resolutions.on_hold / cast(60000000 as double precision)
    end as on_hold_minutes,
    case
        when replies.is_solution_known then resolutions.in_work / cast(60000000 as double precision)
    end as agent_work_minutes,
    replies.human_replies,
    resolutions.reopens,
    replies.is_solved,
    replies.is_solved and replies.human_replies = 1 and coalesce(resolutions.reopens, 0) = 0 as is_one_touch,
    replies.is_human_clock_void,
    replies.is_any_clock_void,
    replies.has_history as has_status_history,
    {{ reporting_date('tickets.created_at') }} as created_date,
    tickets.created_at,
    replies.human_clock_started_at,
    case when not replies.is_human_clock_void then replies.first_human_at end as first_human_reply_at,
    case when not replies.is_any_clock_void then replies.first_any_at end as first_reply_at,
    assignments.first_assigned_at,
    resolutions.first_solved_at,
    resolutions.last_solved_at,
    resolutions.first_reopened_at,
    replies.any_censored_at,
    replies.as_of,
    replies.created_working,
    replies.created_unscheduled,
    replies.any_working,
    replies.any_unscheduled,
    replies.as_of_working,
    replies.as_of_unscheduled
from tickets
inner join replies
    on tickets.ticket_id = replies.ticket_id
left join first_runs
    on tickets.ticket_id = first_runs.ticket_id
inner join assignments
    on tickets.ticket_id = assignments.ticket_id
left join resolutions
    on tickets.ticket_id = resolutions.ticket_id
left join last_segments
    on tickets.ticket_id = last_segments.ticket_id
left join customer_attributes
    on tickets.customer_id = customer_attributes.customer_id
    and {{ reporting_date('tickets.created_at') }} >= customer_attributes.valid_from
    and {{ reporting_date('tickets.created_at') }} < customer_attributes.valid_to
