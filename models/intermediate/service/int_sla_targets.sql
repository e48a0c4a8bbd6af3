-- One row per policy, SLA metric, priority (null: every other) and span of local days in which one target holds
-- (METRICS §4.4, CLARIFICATIONS D43). The target is in microseconds, as clocks are.
with

targets as (

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

cuts as (

    select
        policy_id,
        metric,
        priority,
        valid_from as cut_date
    from targets
    union distinct
    select
        policy_id,
        metric,
        priority,
        valid_to as cut_date
    from targets

),

spells as (

    select
        *,
        lead(cut_date) over (partition by policy_id, metric, priority order by cut_date) as next_cut_date
    from cuts

),

-- Of the rows in force on a day the one that came into force last holds: a temporary target gives way to the
-- one it stood in for.
ranked as (

    select
        targets.policy_id,
        targets.metric,
        targets.priority,
        targets.clock,
        targets.target_minutes,
        targets.target,
        spells.cut_date as valid_from,
        spells.next_cut_date as valid_to,
        row_number() over (
            partition by targets.policy_id, targets.metric, targets.priority, spells.cut_date
            order by targets.valid_from desc
        ) as age_rank
    from targets
    inner join spells
        on targets.policy_id = spells.policy_id
        and targets.metric = spells.metric
        and coalesce(targets.priority, '') = coalesce(spells.priority, '')
        and targets.valid_from <= spells.cut_date
        and targets.valid_to > spells.cut_date

)

select
    row_number() over (order by policy_id, metric, priority nulls first, valid_from) as target_number,
    policy_id,
    metric,
    priority,
    clock,
    target_minutes,
    target,
    valid_from,
    valid_to
from ranked
where age_rank = 1
