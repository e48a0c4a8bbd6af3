-- One row per ticket in scope: when it was first given to somebody, and who had it when it was first solved
-- (METRICS §4.0, attribution). A ticket whose first change of assignee names one before it was given out when
-- its clock started; without any change nobody knows when.
with

tickets as (

    select
        tickets.ticket_id,
        tickets.assignee_id,
        clocks.schedule_id,
        clocks.created_at,
        clocks.created_working,
        clocks.created_unscheduled,
        resolutions.first_solved_at,
        clocks.as_of
    from {{ ref('int_tickets_in_scope') }} as tickets
    inner join {{ ref('int_ticket_first_replies') }} as clocks
        on tickets.ticket_id = clocks.ticket_id
    left join {{ ref('int_ticket_resolutions') }} as resolutions
        on tickets.ticket_id = resolutions.ticket_id

),

changes as (

    select
        ticket_events.ticket_id,
        ticket_events.old_value,
        ticket_events.new_value,
        ticket_events.occurred_at,
        row_number() over (
            partition by ticket_events.ticket_id
            order by
                ticket_events.occurred_at, ticket_events.sequence nulls first, ticket_events.event_id
        ) as change_number
    from {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
    where ticket_events.field = 'assignee'

),

assigned as (

    select
        tickets.ticket_id,
        max(changes.old_value) filter (where changes.change_number = 1) as first_old_value,
        max(changes.change_number) filter (
            where changes.occurred_at <= tickets.first_solved_at
        ) as change_before_solution,
        min(changes.occurred_at) filter (
            where changes.new_value is not null and changes.occurred_at <= tickets.as_of
        ) as first_given_at
    from changes
    inner join tickets
        on changes.ticket_id = tickets.ticket_id
    group by tickets.ticket_id

),

given as (

    select
        tickets.ticket_id,
        tickets.schedule_id,
        case
            when tickets.first_solved_at is null then null
            when assigned.ticket_id is null then tickets.assignee_id
            when assigned.change_before_solution is null then assigned.first_old_value
            else changes.new_value
        end as solver_id,
        tickets.created_at,
        tickets.created_working,
        tickets.created_unscheduled,
        case
            when assigned.first_old_value is not null then tickets.created_at
            else greatest(assigned.first_given_at, tickets.created_at)
        end as first_assigned_at,
        assigned.first_old_value is not null or assigned.first_given_at is not null as is_assigned
    from tickets
    left join assigned
        on tickets.ticket_id = assigned.ticket_id
    left join changes
        on assigned.ticket_id = changes.ticket_id
        and assigned.change_before_solution = changes.change_number

),

-- `greatest` passes over a null, so what was never given out is taken away here (METRICS §0.5).
first_assignments as (

    select
        ticket_id,
        schedule_id,
        solver_id,
        created_at,
        created_working,
        created_unscheduled,
        case when is_assigned then first_assigned_at end as first_assigned_at
    from given

),

segments as (

    select * from {{ ref('int_ticket_schedule_segments') }}

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

measured as (

    select
        first_assignments.*,
        {{ ticket_reading('first_assignments.first_assigned_at', 'days', 'segments') }} as assigned_working,
        {{ unscheduled_reading('first_assignments.first_assigned_at', 'segments') }} as assigned_unscheduled
    from first_assignments
    left join segments
        on first_assignments.ticket_id = segments.ticket_id
        and first_assignments.first_assigned_at >= segments.started_at
        and first_assignments.first_assigned_at < segments.ended_at
    left join business_days as days
        on {{ ruling_schedule('first_assignments', 'segments') }} = days.schedule_id
        and cast(first_assignments.first_assigned_at as date) = days.utc_date

)

select
    ticket_id,
    solver_id,
    {{ elapsed_minutes('created_at', 'first_assigned_at') }} as assignment_minutes,
    case
        when first_assigned_at is not null
            then {{ business_minutes(
                'created_working', 'assigned_working', 'created_unscheduled', 'assigned_unscheduled'
            ) }}
    end as assignment_business_minutes,
    first_assigned_at
from measured
