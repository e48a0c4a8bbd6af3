-- Outcome, elapsed time, target and due_at tell one story (METRICS §4.4). A clock that stood still exactly on its
-- target, which one in business time and one that pauses can, was due then and may be stopped later.
select
    ticket_id,
    metric,
    occurrence
from {{ ref('fct_sla_outcomes') }}
where
    (outcome = 'breached') <> (elapsed_minutes > target_minutes)
    or (outcome = 'running' and stopped_at is not null)
    or (outcome = 'met' and stopped_at is null)
    or (outcome = 'breached' and due_at > {{ as_of() }})
    or (
        outcome = 'met'
        and due_at < stopped_at
        and (
            elapsed_minutes < target_minutes
            or (clock = 'calendar' and metric not in ('requester_wait', 'agent_work'))
        )
    )
    or due_at < started_at
