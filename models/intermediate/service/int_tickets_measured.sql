-- One row per ticket in scope with its waits and its resolution, in calendar and in business minutes, as
-- fct_tickets publishes it; the KPIs of the subject start here. What a ticket's clocks read is measured once, here:
-- where the clock for a person starts, and up to where an unanswered customer has been waiting (CLARIFICATIONS
-- D34 to D37), when somebody first had it, and how long it took to solve.
{%- set readings = [
    ('created', 'created_at', true),
    ('restarted', 'human_clock_restarted_at', true),
    ('human_stopped', 'human_measured_until', false),
    ('any_apart', 'any_apart_until', false),
    ('assigned', 'first_assigned_at', false),
    ('as_of', 'as_of', false),
] %}
with

scope as (

    select * from {{ ref('int_tickets_in_scope') }}

),

tickets as (

    select
        ticket_id,
        customer_id,
        assignee_id,
        sla_policy_id,
        team,
        office,
        channel,
        priority,
        topic
    from {{ ref('stg_helpdesk__tickets') }}

),

resolutions as (

    select * from {{ ref('int_ticket_resolutions') }}

),

replies as (

    select * from {{ ref('int_ticket_first_replies') }}

),

reopenings as (

    select
        ticket_id,
        started_at as reopened_at
    from {{ ref('int_ticket_status_spells') }}
    where is_reopening

),

assignments as (

    select * from {{ ref('int_ticket_assignments') }}

),

segments as (

    select * from {{ ref('int_ticket_schedule_segments') }}

),

last_segments as (

    select
        ticket_id,
        named_schedule_id
    from segments
    where ended_at = timestamp '9999-12-31 00:00:00'

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

clock as (

    select as_of from {{ ref('int_build_clock') }}

),

customer_attributes as (

    select
        customer_id,
        segment,
        valid_from,
        valid_to
    from {{ ref('int_customer_attributes') }}

),

-- Solved by a bot alone and reopened: the wait for a person starts again (D35).
solved_by_bot as (

    select
        replies.ticket_id,
        max(reopenings.reopened_at) as restarted_at
    from replies
    inner join resolutions
        on replies.ticket_id = resolutions.ticket_id
    inner join reopenings
        on replies.ticket_id = reopenings.ticket_id
    where
        replies.first_bot_at < resolutions.first_solved_at
        and reopenings.reopened_at >= resolutions.first_solved_at
        and (replies.first_human_at is null or replies.first_human_at >= resolutions.first_solved_at)
        and (replies.first_human_at is null or replies.first_human_at > reopenings.reopened_at)
    group by replies.ticket_id

),

-- A ticket whose first change of assignee names one before it was given out when its clock started; without any
-- change nobody knows when. `greatest` passes over a null, so it is asked for first (METRICS §0.5).
judged as (

    select
        scope.ticket_id,
        tickets.customer_id,
        tickets.assignee_id,
        tickets.sla_policy_id,
        case
            when resolutions.first_solved_at is null then null
            when assignments.ticket_id is null then tickets.assignee_id
            when assignments.is_changed_before_solution then assignments.solver_id
            else assignments.first_old_value
        end as solver_id,
        case
            when last_segments.ticket_id is null then scope.schedule_id else last_segments.named_schedule_id
        end as schedule_id,
        tickets.team,
        tickets.office,
        tickets.channel,
        tickets.priority,
        tickets.topic,
        coalesce(resolutions.current_status, scope.status) as status,
        coalesce(replies.human_replies, 0) as human_replies,
        resolutions.reopens,
        resolutions.pending,
        resolutions.on_hold,
        resolutions.in_work,
        resolutions.requester_wait_working,
        resolutions.agent_work_working,
        resolutions.first_solved_working,
        resolutions.first_solved_unscheduled,
        resolutions.last_solved_working,
        resolutions.last_solved_unscheduled,
        coalesce({{ microseconds_between('scope.created_at', 'replies.first_human_at') }} < -2000000, false)
            as is_human_clock_void,
        coalesce({{ microseconds_between('scope.created_at', 'replies.first_any_at') }} < -2000000, false)
            as is_any_clock_void,
        coalesce(resolutions.is_solved, scope.status in ('solved', 'closed')) as is_solved,
        resolutions.ticket_id is not null as has_status_history,
        {{ reporting_date('scope.created_at') }} as created_date,
        scope.created_at,
        coalesce(solved_by_bot.restarted_at, scope.created_at) as human_clock_started_at,
        replies.first_human_at,
        replies.first_any_at,
        case
            when assignments.first_old_value is not null then scope.created_at
            when assignments.first_given_at is not null then greatest(assignments.first_given_at, scope.created_at)
        end as first_assigned_at,
        resolutions.first_solved_at,
        resolutions.last_solved_at,
        resolutions.first_reopened_at
    from scope
    inner join tickets
        on scope.ticket_id = tickets.ticket_id
    left join replies
        on scope.ticket_id = replies.ticket_id
    left join solved_by_bot
        on scope.ticket_id = solved_by_bot.ticket_id
    left join resolutions
        on scope.ticket_id = resolutions.ticket_id
    left join assignments
        on scope.ticket_id = assignments.ticket_id
    left join last_segments
        on scope.ticket_id = last_segments.ticket_id

),

-- A closed ticket nobody replied to stopped waiting at its closure; every other clock runs until as_of.
censored as (

    select
        judged.*,
        case
            when judged.is_solved and judged.last_solved_at > judged.human_clock_started_at
                then judged.last_solved_at
            else clock.as_of
        end as human_censored_at,
        case
            when judged.is_solved and judged.last_solved_at > judged.created_at then judged.last_solved_at
            else clock.as_of
        end as any_censored_at,
        -- A ticket that was solved before its clock began is solved, and nothing is known of how long it took.
        judged.is_solved and judged.last_solved_at is not null as is_solution_known,
        clock.as_of
    from judged
    cross join clock

),

-- A reply up to two seconds early comes at once, whatever schedule ruled before.
until as (

    select
        *,
        greatest(human_clock_started_at, coalesce(first_human_at, human_censored_at)) as human_measured_until,
        greatest(created_at, coalesce(first_any_at, any_censored_at)) as any_measured_until
    from censored

),

-- Nearly every human clock starts with the ticket, and the first reply is nearly always a person's: what their clocks
-- read then was looked up already.
clocks as (

    select
        *,
        case when human_clock_started_at <> created_at then human_clock_started_at end as human_clock_restarted_at,
        case when any_measured_until <> human_measured_until then any_measured_until end as any_apart_until
    from until

),

clocks_read as (

    select
        {% for name, instant, is_start in readings %}
        {{ ticket_reading('clocks.' ~ instant, name ~ '_days', name ~ '_segments', is_start) }} as {{ name }}_working,
        {{ unscheduled_reading('clocks.' ~ instant, name ~ '_segments') }} as {{ name }}_unscheduled,
        {% endfor %}
        clocks.*
    from clocks
    {% for name, instant, _ in readings %}
    left join segments as {{ name }}_segments
        on clocks.ticket_id = {{ name }}_segments.ticket_id
        and clocks.{{ instant }} >= {{ name }}_segments.started_at
        and clocks.{{ instant }} < {{ name }}_segments.ended_at
    left join business_days as {{ name }}_days
        on {{ ruling_schedule('clocks', name ~ '_segments') }} = {{ name }}_days.schedule_id
        and cast(clocks.{{ instant }} as date) = {{ name }}_days.utc_date
    {% endfor %}

),

measured as (

    select
        {% for kind in ['working', 'unscheduled'] %}
        case
            when human_clock_restarted_at is null then created_{{ kind }} else restarted_{{ kind }}
        end as human_started_{{ kind }},
        case when any_apart_until is null then human_stopped_{{ kind }} else any_apart_{{ kind }} end as any_{{ kind }},
        {% endfor %}
        clocks_read.*
    from clocks_read

)

select
    measured.ticket_id,
    measured.customer_id,
    measured.assignee_id,
    measured.solver_id,
    measured.schedule_id,
    measured.sla_policy_id,
    measured.team,
    measured.office,
    measured.channel,
    measured.priority,
    measured.topic,
    coalesce(customer_attributes.segment, 'unknown') as segment,
    measured.status,
    case
        when measured.is_human_clock_void then null
        when measured.first_human_at is not null then 'answered'
        when measured.is_solved then 'closed_without_reply'
        else 'waiting'
    end as reply_outcome,
    case
        when not measured.is_human_clock_void and measured.first_human_at is not null
            then {{ elapsed_minutes('measured.human_clock_started_at', 'measured.human_measured_until') }}
    end as first_reply_minutes,
    case
        when not measured.is_human_clock_void and measured.first_human_at is not null
            then {{ business_minutes(
                'measured.human_started_working', 'measured.human_stopped_working',
                'measured.human_started_unscheduled', 'measured.human_stopped_unscheduled'
            ) }}
    end as first_reply_business_minutes,
    case
        when not measured.is_any_clock_void and measured.first_any_at is not null
            then {{ elapsed_minutes('measured.created_at', 'measured.first_any_at') }}
    end as first_any_reply_minutes,
    case
        when not measured.is_any_clock_void and measured.first_any_at is not null
            then {{ business_minutes(
                'measured.created_working', 'measured.any_working', 'measured.created_unscheduled',
                'measured.any_unscheduled'
            ) }}
    end as first_any_reply_business_minutes,
    {{ elapsed_minutes('measured.created_at', 'measured.first_assigned_at') }} as assignment_minutes,
    case
        when measured.first_assigned_at is not null
            then {{ business_minutes(
                'measured.created_working', 'measured.assigned_working', 'measured.created_unscheduled',
                'measured.assigned_unscheduled'
            ) }}
    end as assignment_business_minutes,
    {{ elapsed_minutes('measured.created_at', 'measured.first_solved_at') }} as first_resolution_minutes,
    {{ business_minutes(
        'measured.created_working', 'measured.first_solved_working', 'measured.created_unscheduled',
        'measured.first_solved_unscheduled'
    ) }} as first_resolution_business_minutes,
    case
        when measured.is_solved then {{ elapsed_minutes('measured.created_at', 'measured.last_solved_at') }}
    end as full_resolution_minutes,
    case
        when measured.is_solved
            then {{ business_minutes(
                'measured.created_working', 'measured.last_solved_working', 'measured.created_unscheduled',
                'measured.last_solved_unscheduled'
            ) }}
    end as full_resolution_business_minutes,
    case when measured.is_solution_known then measured.in_work + measured.on_hold + measured.pending end
    / cast(60000000 as double precision) as active_resolution_minutes,
    case when measured.is_solution_known then measured.in_work + measured.on_hold end
    / cast(60000000 as double precision) as requester_wait_minutes,
    case when measured.is_solution_known then measured.pending end
    / cast(60000000 as double precision) as agent_wait_minutes,
    case when measured.is_solution_known then measured.on_hold end
    / cast(60000000 as double precision) as on_hold_minutes,
    case when measured.is_solution_known then measured.in_work end
    / cast(60000000 as double precision) as agent_work_minutes,
    measured.in_work,
    measured.on_hold,
    measured.pending,
    measured.requester_wait_working,
    measured.agent_work_working,
    measured.human_replies,
    measured.reopens,
    measured.created_working,
    measured.created_unscheduled,
    measured.human_started_working,
    measured.human_started_unscheduled,
    measured.human_stopped_working,
    measured.human_stopped_unscheduled,
    measured.any_working,
    measured.any_unscheduled,
    measured.last_solved_working,
    measured.last_solved_unscheduled,
    measured.as_of_working,
    measured.as_of_unscheduled,
    measured.is_solved,
    measured.is_solution_known,
    measured.is_solved and measured.human_replies = 1 and coalesce(measured.reopens, 0) = 0 as is_one_touch,
    measured.is_human_clock_void,
    measured.is_any_clock_void,
    measured.has_status_history,
    measured.created_date,
    measured.created_at,
    measured.human_clock_started_at,
    case when not measured.is_human_clock_void then measured.first_human_at end as first_human_reply_at,
    case when not measured.is_any_clock_void then measured.first_any_at end as first_reply_at,
    measured.first_assigned_at,
    measured.first_solved_at,
    measured.last_solved_at,
    measured.first_reopened_at,
    measured.human_measured_until,
    measured.any_censored_at,
    measured.as_of
from measured
left join customer_attributes
    on measured.customer_id = customer_attributes.customer_id
    and measured.created_date >= customer_attributes.valid_from
    and measured.created_date < customer_attributes.valid_to
