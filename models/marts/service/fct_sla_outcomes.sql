-- One row per ticket, SLA metric and occurrence: the target in force when its clock started, and how it ended
-- (METRICS §4.4). A view: clocks are stored without what they share, and what a target says is joined to them here.
{{ config(materialized='view') }}

select
    clocks.ticket_id,
    targets.policy_id,
    targets.metric,
    clocks.occurrence,
    clocks.priority,
    targets.clock,
    targets.target_minutes,
    clocks.elapsed / cast(60000000 as double precision) as elapsed_minutes,
    cast(case
        when clocks.elapsed > targets.target then 'breached'
        when clocks.stopped_at is not null then 'met'
        else 'running'
    end as {{ dbt.type_string() }}) as outcome,
    clocks.started_at,
    clocks.due_at,
    clocks.stopped_at
from {{ beside(ref('int_sla_clocks')) }} as clocks
inner join {{ beside(ref('int_sla_targets')) }} as targets
    on clocks.target_number = targets.target_number
