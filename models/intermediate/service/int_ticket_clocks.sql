-- One row per ticket in scope with the instants its clocks start and stop at, and what they read then: where the
-- clock for a person starts, up to where an unanswered customer has been waiting (CLARIFICATIONS D34 to D37),
-- when somebody first had it, and when it was solved. int_tickets_measured makes minutes of it.
{%- set readings = [
    ('created', 'created_at', true),
    ('restarted', 'human_clock_restarted_at', true),
    ('human_stopped', 'human_measured_until', false),
    ('any_apart', 'any_apart_until', false),
    ('assigned', 'first_assigned_at', false),
    ('as_of', 'as_of', false),
] %}
{#- The spell that begins with a solution has read the working time. -#}
{%- set solutions = ['first_solved', 'last_solved'] %}
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
        resolutions.last_solved_working,
        coalesce({{ microseconds_between('scope.created_at', 'replies.first_human_at') }} < -2000000, false)
            as is_human_clock_void,
        coalesce({{ microseconds_between('scope.created_at', 'replies.first_any_at') }} < -2000000, false)
            as is_any_clock_void,
        coalesce(resolutions.current_status, scope.status) in ('solved', 'closed') as is_solved,
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
        {{ ticket_reading('clocks.' ~ instant, name, is_start) }} as {{ name }}_working,
        {{ unscheduled_reading('clocks.' ~ instant, name) }} as {{ name }}_unscheduled,
        {% endfor %}
        {% for name in solutions %}
        {{ unscheduled_reading('clocks.' ~ name ~ '_at', name) }} as {{ name }}_unscheduled,
        {% endfor %}
        clocks.*
    from clocks
    {% for name, instant, _ in readings %}
    {{ joins_of_reading('clocks', instant, name) }}
    {% endfor %}
    {% for name in solutions %}
    {{ join_of_segment('clocks', name ~ '_at', name) }}
    {% endfor %}

)

select
    clocks_read.ticket_id,
    clocks_read.customer_id,
    clocks_read.assignee_id,
    clocks_read.solver_id,
    clocks_read.schedule_id,
    clocks_read.sla_policy_id,
    clocks_read.team,
    clocks_read.office,
    clocks_read.channel,
    clocks_read.priority,
    clocks_read.topic,
    coalesce(customer_attributes.segment, 'unknown') as segment,
    clocks_read.status,
    clocks_read.human_replies,
    clocks_read.reopens,
    clocks_read.in_work,
    clocks_read.on_hold,
    clocks_read.pending,
    clocks_read.requester_wait_working,
    clocks_read.agent_work_working,
    {% for kind in ['working', 'unscheduled'] %}
    clocks_read.created_{{ kind }},
    case
        when clocks_read.human_clock_restarted_at is null then clocks_read.created_{{ kind }}
        else clocks_read.restarted_{{ kind }}
    end as human_started_{{ kind }},
    clocks_read.human_stopped_{{ kind }},
    case
        when clocks_read.any_apart_until is null then clocks_read.human_stopped_{{ kind }}
        else clocks_read.any_apart_{{ kind }}
    end as any_{{ kind }},
    clocks_read.assigned_{{ kind }},
    clocks_read.first_solved_{{ kind }},
    clocks_read.last_solved_{{ kind }},
    clocks_read.as_of_{{ kind }},
    {% endfor %}
    clocks_read.is_solved,
    clocks_read.is_human_clock_void,
    clocks_read.is_any_clock_void,
    clocks_read.has_status_history,
    clocks_read.created_date,
    clocks_read.created_at,
    clocks_read.human_clock_started_at,
    clocks_read.first_human_at,
    clocks_read.first_any_at,
    clocks_read.first_assigned_at,
    clocks_read.first_solved_at,
    clocks_read.last_solved_at,
    clocks_read.first_reopened_at,
    clocks_read.human_measured_until,
    clocks_read.any_censored_at,
    clocks_read.as_of
from clocks_read
left join customer_attributes
    on clocks_read.customer_id = customer_attributes.customer_id
    and clocks_read.created_date >= customer_attributes.valid_from
    and clocks_read.created_date < customer_attributes.valid_to
