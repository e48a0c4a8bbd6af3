-- Requester wait, agent wait and the time spent solved before reopenings make up the full resolution, and
-- nobody works on a ticket for longer than the requester waits (METRICS §4.3).
with

solved_time as (

    select
        spells.ticket_id,
        sum(spells.minutes) as solved_minutes
    from {{ ref('fct_ticket_status_intervals') }} as spells
    inner join {{ ref('fct_tickets') }} as tickets
        on spells.ticket_id = tickets.ticket_id
    where
        spells.status in ('solved', 'closed')
        and spells.started_at < tickets.last_solved_at
    group by spells.ticket_id

)

select tickets.ticket_id
from {{ ref('fct_tickets') }} as tickets
left join solved_time
    on tickets.ticket_id = solved_time.ticket_id
where
    tickets.full_resolution_minutes is not null
    and (
        abs(
            tickets.requester_wait_minutes + tickets.agent_wait_minutes + coalesce(solved_time.solved_minutes, 0)
            - tickets.full_resolution_minutes
        ) > 0.001
        or abs(tickets.agent_work_minutes + tickets.on_hold_minutes - tickets.requester_wait_minutes) > 0.001
        or abs(
            tickets.requester_wait_minutes + tickets.agent_wait_minutes - tickets.active_resolution_minutes
        ) > 0.001
    )
