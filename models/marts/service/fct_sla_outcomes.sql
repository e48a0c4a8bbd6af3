-- One row per ticket, SLA metric and occurrence: the target in force when its clock started, and how it ended.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    ticket_id,
    policy_id,
    cast(metric as {{ dbt.type_string() }}) as metric,
    cast(occurrence as bigint) as occurrence,
    priority,
    clock,
    target_minutes,
    elapsed_minutes,
    cast(outcome as {{ dbt.type_string() }}) as outcome,
    started_at,
    due_at,
    stopped_at
from {{ beside(ref('int_sla_outcomes')) }}
