-- One row per ticket, SLA target and occurrence: a clock for which a target held when it started (METRICS §4.4,
-- CLARIFICATIONS D43). What follows from the target and from what stands here, fct_sla_outcomes says when it is
-- read. Elapsed time and targets are in microseconds.
with

targets as (

    select * from {{ ref('int_sla_targets') }}

),

-- Most policies have targets for a few of the metrics; the clocks of the others go no further.
targeted_metrics as (

    select distinct
        policy_id,
        metric
    from targets

),

tickets as (

    select
        ticket_id,
        sla_policy_id as policy_id,
        schedule_id,
        priority
    from {{ ref('int_tickets_measured') }}

),

-- The clocks of a resolution run up to the last solution, of an unsolved ticket up to as_of.
resolutions as (

    select
        ticket_id,
        sla_policy_id as policy_id,
        schedule_id,
        priority,
        created_working,
        created_unscheduled,
        in_work,
        on_hold,
        requester_wait_working,
        agent_work_working,
        case when is_solved then last_solved_working else as_of_working end as measured_working,
        case when is_solved then last_solved_unscheduled else as_of_unscheduled end as measured_unscheduled,
        created_at,
        case when is_solved then last_solved_at end as stopped_at,
        case when is_solved then last_solved_at else as_of end as measured_until
    from {{ ref('int_tickets_measured') }}
    where
        has_status_history
        and (not is_solved or last_solved_at is not null)

),

runs as (

    select
        ticket_id,
        case when run_number = 1 then 'first_reply' else 'next_reply' end as metric,
        case when run_number = 1 then 1 else run_number - 1 end as occurrence,
        is_closed_unanswered,
        started_working,
        stopped_working,
        started_unscheduled,
        stopped_unscheduled,
        waiting_since,
        replied_at,
        measured_until
    from {{ ref('int_ticket_reply_runs') }}

),

business_hours as (

    select * from {{ ref('int_business_hours') }}

),

{{ field_changes('priority') }},

-- The first change also tells which priority the ticket had until then.
priorities as (

    select
        ticket_id,
        previous_value,
        new_value,
        occurred_at,
        case when change_number = 1 then timestamp '1900-01-01 00:00:00' else occurred_at end as valid_from,
        coalesce(changed_again_at, timestamp '9999-12-31 00:00:00') as valid_to
    from priority_changes

),

clocks as (

    select
        runs.ticket_id,
        tickets.policy_id,
        tickets.schedule_id,
        tickets.priority as priority_today,
        runs.metric,
        runs.occurrence,
        {{ not_negative(microseconds_between('runs.waiting_since', 'runs.measured_until')) }} as elapsed,
        case
            when runs.started_unscheduled = runs.stopped_unscheduled
                then {{ not_negative('runs.stopped_working - runs.started_working') }}
        end as working,
        runs.started_working,
        runs.is_closed_unanswered,
        false as is_pausing,
        runs.waiting_since as started_at,
        runs.replied_at as stopped_at,
        runs.measured_until
    from runs
    inner join tickets
        on runs.ticket_id = tickets.ticket_id
    inner join targeted_metrics
        on tickets.policy_id = targeted_metrics.policy_id
        and runs.metric = targeted_metrics.metric

    union all

    select
        resolutions.ticket_id,
        resolutions.policy_id,
        resolutions.schedule_id,
        resolutions.priority as priority_today,
        targeted_metrics.metric,
        1 as occurrence,
        case targeted_metrics.metric
            when 'resolution'
                then {{ not_negative(microseconds_between('resolutions.created_at', 'resolutions.measured_until')) }}
            when 'requester_wait' then resolutions.in_work + resolutions.on_hold
            when 'agent_work' then resolutions.in_work
        end as elapsed,
        -- A pausing clock that never ran has the schedule its ticket began with, or none.
        case
            when
                targeted_metrics.metric = 'resolution'
                and resolutions.created_unscheduled = resolutions.measured_unscheduled
                then {{ not_negative('resolutions.measured_working - resolutions.created_working') }}
            when
                targeted_metrics.metric = 'requester_wait'
                and (resolutions.in_work + resolutions.on_hold > 0 or resolutions.created_working is not null)
                then resolutions.requester_wait_working
            when
                targeted_metrics.metric = 'agent_work'
                and (resolutions.in_work > 0 or resolutions.created_working is not null)
                then resolutions.agent_work_working
        end as working,
        case
            when targeted_metrics.metric = 'resolution' then resolutions.created_working
            else resolutions.measured_working
        end as started_working,
        false as is_closed_unanswered,
        targeted_metrics.metric <> 'resolution' as is_pausing,
        resolutions.created_at as started_at,
        resolutions.stopped_at,
        resolutions.measured_until
    from resolutions
    inner join targeted_metrics
        on resolutions.policy_id = targeted_metrics.policy_id
        and targeted_metrics.metric in ('resolution', 'requester_wait', 'agent_work')

),

at_start as (

    select
        clocks.*,
        case
            when priorities.ticket_id is null then clocks.priority_today
            when clocks.started_at < priorities.occurred_at then priorities.previous_value
            else priorities.new_value
        end as priority,
        {{ reporting_date('clocks.started_at') }} as started_date
    from clocks
    left join priorities
        on clocks.ticket_id = priorities.ticket_id
        and clocks.started_at >= priorities.valid_from
        and clocks.started_at < priorities.valid_to

),

-- A target for the priority beats the one for all.
targeted as (

    select
        at_start.ticket_id,
        coalesce(specific.target_number, general.target_number) as target_number,
        at_start.schedule_id,
        at_start.metric,
        at_start.occurrence,
        at_start.priority,
        coalesce(specific.clock, general.clock) as clock,
        coalesce(specific.target, general.target) as target,
        case
            when coalesce(specific.clock, general.clock) = 'business' then at_start.working else at_start.elapsed
        end as elapsed,
        at_start.started_working,
        at_start.is_closed_unanswered,
        at_start.is_pausing,
        at_start.started_at,
        at_start.stopped_at,
        at_start.measured_until
    from at_start
    left join targets as specific
        on at_start.policy_id = specific.policy_id
        and at_start.metric = specific.metric
        and at_start.priority = specific.priority
        and at_start.started_date >= specific.valid_from
        and at_start.started_date < specific.valid_to
    left join targets as general
        on at_start.policy_id = general.policy_id
        and at_start.metric = general.metric
        and general.priority is null
        and at_start.started_date >= general.valid_from
        and at_start.started_date < general.valid_to
    where coalesce(specific.target, general.target) is not null

),

-- Columns of its own for the joins below: engines hash only plain equalities, and where PostgreSQL expects few rows
-- it joins by any one of several, as by the metric alone. A reply that no longer can come, in
-- a ticket that was closed within its target, is neither met nor breached.
decided as (

    select
        *,
        case when is_pausing and elapsed >= target then ticket_id || ' ' || metric || ' ' || clock end
            as reached_clock_key,
        case when clock = 'business' then ticket_id end as business_ticket_id
    from targeted
    where
        elapsed is not null
        and (not is_closed_unanswered or elapsed > target)

),

-- A pausing clock at or past its target reached it inside one of the spells that count. Gone through are the tickets
-- that took as long as some target of their policy, so that clocks need not be kept until their own is known.
pausing_targets as (

    select
        policy_id,
        metric,
        clock,
        min(target) as least_target
    from targets
    where metric in ('requester_wait', 'agent_work')
    group by policy_id, metric, clock

),

counted_spells as (

    select
        tickets.ticket_id || ' ' || pausing_targets.metric || ' ' || pausing_targets.clock as clock_key,
        spells.spell_number,
        case when pausing_targets.clock = 'business' then spells.working else spells.elapsed end as counted,
        spells.started_working,
        spells.started_at
    from {{ ref('int_tickets_measured') }} as tickets
    inner join pausing_targets
        on tickets.sla_policy_id = pausing_targets.policy_id
        and tickets.in_work + tickets.on_hold >= pausing_targets.least_target
    inner join {{ ref('int_ticket_status_spells') }} as spells
        on tickets.ticket_id = spells.ticket_id
    where
        spells.status in ('new', 'open')
        or (spells.status = 'hold' and pausing_targets.metric = 'requester_wait')

),

summed_spells as (

    select
        *,
        cast(sum(counted) over (
            partition by clock_key order by spell_number
            rows between unbounded preceding and current row
        ) as bigint) as counted_after
    from counted_spells

),

reached_in as (

    select
        *,
        counted_after - counted as counted_before
    from summed_spells

),

-- Where the way to due_at begins, and how much of the clock is left from there. A pausing clock short of its
-- target is taken to run on from where it stopped, or from as_of.
due_from as (

    select
        decided.*,
        case
            when reached_in.clock_key is not null then reached_in.started_at
            when decided.is_pausing then decided.measured_until
            else decided.started_at
        end as due_from_at,
        coalesce(reached_in.started_working, decided.started_working) as due_from_working,
        case
            when reached_in.clock_key is not null then decided.target - reached_in.counted_before
            when decided.is_pausing then decided.target - decided.elapsed
            else decided.target
        end as remaining
    from decided
    left join reached_in
        on decided.reached_clock_key = reached_in.clock_key
        and decided.target > reached_in.counted_before
        and decided.target <= reached_in.counted_after

),

due_by_schedule as (

    select
        *,
        due_from_working + remaining as due_reading
    from due_from

),

-- The schedule that rules when the clock gets there (CLARIFICATIONS D41).
segments as (

    select
        ticket_id,
        schedule_id,
        working_offset,
        coalesce(started_working, -9000000000000000000) as started_working,
        coalesce(ended_working, 9000000000000000000) as ended_working
    from {{ ref('int_ticket_schedule_segments') }}

),

due_working as (

    select
        due_by_schedule.*,
        case
            when due_by_schedule.clock = 'business'
                then case
                    when segments.ticket_id is null then due_by_schedule.schedule_id else segments.schedule_id
                end
        end as due_schedule_id,
        due_by_schedule.due_reading - coalesce(segments.working_offset, 0) as due_working,
        {{ whole_quotient(
            'due_by_schedule.due_reading - coalesce(segments.working_offset, 0)', 3600000000
        ) }} as due_hour
    from due_by_schedule
    left join segments
        on due_by_schedule.business_ticket_id = segments.ticket_id
        and due_by_schedule.due_reading > segments.started_working
        and due_by_schedule.due_reading <= segments.ended_working

)

select
    due_working.ticket_id,
    due_working.target_number,
    due_working.priority,
    due_working.occurrence,
    due_working.elapsed,
    due_working.started_at,
    case
        when due_working.clock = 'calendar' or due_working.remaining = 0
            then {{ plus_microseconds('due_working.due_from_at', 'due_working.remaining') }}
        else {{ plus_microseconds(
            'business_hours.opened_at', 'due_working.due_working - business_hours.working_before'
        ) }}
    end as due_at,
    case
        when due_working.stopped_at is not null then due_working.stopped_at
        when due_working.is_closed_unanswered then due_working.measured_until
    end as stopped_at
from due_working
left join business_hours
    on due_working.due_schedule_id = business_hours.schedule_id
    and due_working.due_hour = business_hours.working_hour
    and due_working.due_working > business_hours.working_before
    and due_working.due_working <= business_hours.working_after
