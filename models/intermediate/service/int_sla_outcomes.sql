-- One row per ticket, SLA metric and occurrence that had a target when its clock started (METRICS §4.4,
-- CLARIFICATIONS D43). Elapsed time and targets are in microseconds until the end.
with

tickets as (

    select * from {{ ref('int_tickets_measured') }}
    where sla_policy_id is not null

),

-- The clocks of a resolution run up to the last solution, of an unsolved ticket up to as_of.
resolutions as (

    select
        *,
        case when is_solved then last_solved_at else as_of end as resolution_until,
        case when is_solved then last_solved_working else as_of_working end as resolution_working,
        case when is_solved then last_solved_unscheduled else as_of_unscheduled end as resolution_unscheduled
    from tickets
    where
        has_status_history
        and (not is_solved or last_solved_at is not null)

),

runs as (

    select * from {{ ref('int_ticket_reply_runs') }}

),

business_hours as (

    select * from {{ ref('int_business_hours') }}

),

target_rows as (

    select
        policy_id,
        metric,
        priority,
        clock,
        target_minutes,
        cast(target_minutes * 60000000 as bigint) as target,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('stg_helpdesk__sla_targets') }}

),

target_cuts as (

    select
        policy_id,
        metric,
        priority,
        valid_from as cut_date
    from target_rows
    union distinct
    select
        policy_id,
        metric,
        priority,
        valid_to as cut_date
    from target_rows

),

target_spells as (

    select
        *,
        lead(cut_date) over (partition by policy_id, metric, priority order by cut_date) as next_cut_date
    from target_cuts

),

-- Of the rows in force on a day the one that came into force last holds: a temporary target gives way to the
-- one it stood in for (CLARIFICATIONS D43).
ranked_targets as (

    select
        target_rows.policy_id,
        target_rows.metric,
        target_rows.priority,
        target_rows.clock,
        target_rows.target_minutes,
        target_rows.target,
        target_spells.cut_date as valid_from,
        target_spells.next_cut_date as valid_to,
        row_number() over (
            partition by
                target_rows.policy_id, target_rows.metric, target_rows.priority, target_spells.cut_date
            order by target_rows.valid_from desc
        ) as age_rank
    from target_rows
    inner join target_spells
        on target_rows.policy_id = target_spells.policy_id
        and target_rows.metric = target_spells.metric
        and coalesce(target_rows.priority, '') = coalesce(target_spells.priority, '')
        and target_rows.valid_from <= target_spells.cut_date
        and target_rows.valid_to > target_spells.cut_date

),

targets as (

    select * from ranked_targets
    where age_rank = 1

),

-- The first change also tells which priority the ticket had until then.
priorities as (

    select
        ticket_id,
        previous_value,
        new_value,
        occurred_at,
        case when change_number = 1 then timestamp '1900-01-01 00:00:00' else occurred_at end as valid_from,
        coalesce(changed_again_at, timestamp '9999-12-31 00:00:00') as valid_to
    from {{ ref('int_ticket_field_changes') }}
    where field = 'priority'

),

clocks as (

    select
        runs.ticket_id,
        tickets.sla_policy_id as policy_id,
        tickets.schedule_id,
        tickets.priority as priority_today,
        case when runs.run_number = 1 then 'first_reply' else 'next_reply' end as metric,
        case when runs.run_number = 1 then 1 else runs.run_number - 1 end as occurrence,
        runs.waiting_since as started_at,
        runs.replied_at as stopped_at,
        runs.is_closed_unanswered,
        runs.measured_until,
        {{ not_negative(microseconds_between('runs.waiting_since', 'runs.measured_until')) }} as elapsed,
        case
            when runs.started_unscheduled = runs.stopped_unscheduled
                then {{ not_negative('runs.stopped_working - runs.started_working') }}
        end as working,
        runs.started_working,
        false as is_pausing
    from runs
    inner join tickets
        on runs.ticket_id = tickets.ticket_id

    union all

    select
        resolutions.ticket_id,
        resolutions.sla_policy_id as policy_id,
        resolutions.schedule_id,
        resolutions.priority as priority_today,
        'resolution' as metric,
        1 as occurrence,
        resolutions.created_at as started_at,
        case when resolutions.is_solved then resolutions.last_solved_at end as stopped_at,
        false as is_closed_unanswered,
        resolutions.resolution_until as measured_until,
        {{ not_negative(microseconds_between('resolutions.created_at', 'resolutions.resolution_until')) }} as elapsed,
        case
            when resolutions.created_unscheduled = resolutions.resolution_unscheduled
                then {{ not_negative('resolutions.resolution_working - resolutions.created_working') }}
        end as working,
        resolutions.created_working as started_working,
        false as is_pausing
    from resolutions

    union all

    select
        resolutions.ticket_id,
        resolutions.sla_policy_id as policy_id,
        resolutions.schedule_id,
        resolutions.priority as priority_today,
        pausing_metrics.metric,
        1 as occurrence,
        resolutions.created_at as started_at,
        case when resolutions.is_solved then resolutions.last_solved_at end as stopped_at,
        false as is_closed_unanswered,
        resolutions.resolution_until as measured_until,
        case
            when pausing_metrics.metric = 'requester_wait' then resolutions.in_work + resolutions.on_hold
            else resolutions.in_work
        end as elapsed,
        -- A clock that never ran has the schedule its ticket began with, or none.
        case
            when
                pausing_metrics.metric = 'requester_wait'
                and (resolutions.in_work + resolutions.on_hold > 0 or resolutions.created_working is not null)
                then resolutions.requester_wait_working
            when
                pausing_metrics.metric = 'agent_work'
                and (resolutions.in_work > 0 or resolutions.created_working is not null)
                then resolutions.agent_work_working
        end as working,
        resolutions.resolution_working as started_working,
        true as is_pausing
    from resolutions
    cross join (
        select 'requester_wait' as metric
        union all
        select 'agent_work' as metric
    ) as pausing_metrics

),

-- Most policies have targets for a few of the metrics; the clocks of the others go no further.
targeted_metrics as (

    select distinct
        policy_id,
        metric
    from targets

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
    inner join targeted_metrics
        on clocks.policy_id = targeted_metrics.policy_id
        and clocks.metric = targeted_metrics.metric
    left join priorities
        on clocks.ticket_id = priorities.ticket_id
        and clocks.started_at >= priorities.valid_from
        and clocks.started_at < priorities.valid_to

),

-- A target for the priority beats the one for all.
targeted as (

    select
        at_start.ticket_id,
        at_start.policy_id,
        at_start.schedule_id,
        at_start.metric,
        at_start.occurrence,
        at_start.priority,
        at_start.started_at,
        at_start.stopped_at,
        at_start.measured_until,
        at_start.is_closed_unanswered,
        at_start.is_pausing,
        at_start.started_working,
        coalesce(specific.target_minutes, general.target_minutes) as target_minutes,
        coalesce(specific.target, general.target) as target,
        coalesce(specific.clock, general.clock) as clock,
        case
            when coalesce(specific.clock, general.clock) = 'business' then at_start.working else at_start.elapsed
        end as elapsed
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

decided as (

    select
        *,
        case
            when elapsed > target then 'breached'
            when stopped_at is not null then 'met'
            else 'running'
        end as outcome
    from targeted
    where
        elapsed is not null
        and (not is_closed_unanswered or elapsed > target)

),

-- A pausing clock at or past its target reached it inside one of the spells that count.
counted_spells as (

    select
        decided.ticket_id,
        decided.metric,
        decided.target,
        spells.started_at,
        spells.started_working,
        case when decided.clock = 'business' then spells.working else spells.elapsed end as counted,
        cast(sum(case when decided.clock = 'business' then spells.working else spells.elapsed end) over (
            partition by decided.ticket_id, decided.metric order by spells.spell_number
            rows between unbounded preceding and current row
        ) as bigint) as counted_after
    from decided
    inner join {{ ref('int_ticket_status_spells') }} as spells
        on decided.ticket_id = spells.ticket_id
    where
        decided.is_pausing
        and decided.elapsed >= decided.target
        and (spells.status in ('new', 'open') or (spells.status = 'hold' and decided.metric = 'requester_wait'))

),

reached_in as (

    select
        ticket_id,
        metric,
        started_at,
        started_working,
        target - (counted_after - counted) as remaining
    from counted_spells
    where
        counted_after - counted < target
        and counted_after >= target

),

-- Where the way to due_at begins, and how much of the clock is left from there. A pausing clock short of its
-- target is taken to run on from where it stopped, or from as_of.
due_from as (

    select
        decided.*,
        case
            when reached_in.ticket_id is not null then reached_in.started_at
            when decided.is_pausing then decided.measured_until
            else decided.started_at
        end as due_from_at,
        coalesce(reached_in.started_working, decided.started_working) as due_from_working,
        case
            when reached_in.ticket_id is not null then reached_in.remaining
            when decided.is_pausing then decided.target - decided.elapsed
            else decided.target
        end as remaining
    from decided
    left join reached_in
        on decided.ticket_id = reached_in.ticket_id
        and decided.metric = reached_in.metric

),

-- Columns of its own for the joins below: engines hash only plain equalities.
due_by_schedule as (

    select
        due_from.*,
        case when due_from.clock = 'business' then due_from.ticket_id end as business_ticket_id,
        due_from.due_from_working + due_from.remaining as due_reading
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
    due_working.policy_id,
    due_working.metric,
    due_working.occurrence,
    due_working.priority,
    due_working.target_minutes,
    due_working.clock,
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
    end as stopped_at,
    due_working.elapsed / cast(60000000 as double precision) as elapsed_minutes,
    due_working.outcome
from due_working
left join business_hours
    on due_working.due_schedule_id = business_hours.schedule_id
    and due_working.due_hour = business_hours.working_hour
    and due_working.due_working > business_hours.working_before
    and due_working.due_working <= business_hours.working_after
