-- One row per change of status, priority or schedule of a ticket in scope, in the order of METRICS §13 rule 25;
-- an event that repeats the value in force is none. The event history is read once, here.
with

tickets as (

    select ticket_id from {{ ref('int_tickets_in_scope') }}

),

events as (

    select
        ticket_events.ticket_id,
        ticket_events.field,
        ticket_events.occurred_at,
        ticket_events.old_value,
        ticket_events.new_value,
        ticket_events.sequence,
        ticket_events.event_id
    from {{ ref('stg_helpdesk__ticket_events') }} as ticket_events
    inner join tickets
        on ticket_events.ticket_id = tickets.ticket_id
    where ticket_events.field in ('status', 'priority', 'schedule')

),

ordered as (

    select
        ticket_id,
        field,
        occurred_at,
        old_value,
        new_value,
        row_number() over in_order as event_number,
        lag(new_value) over in_order as value_before,
        lead(occurred_at) over in_order as next_occurred_at
    from events
    window in_order as (
        partition by ticket_id, field order by occurred_at, sequence nulls first, event_id
    )

),

changes as (

    select
        ticket_id,
        field,
        occurred_at,
        event_number,
        next_occurred_at,
        case
            when event_number > 1 then value_before
            when field = 'status' then coalesce(old_value, 'new')
            else old_value
        end as previous_value,
        new_value,
        event_number > 1 and value_before is not distinct from new_value as is_repetition
    from ordered

),

-- Events that repeat the value in force are rare; only their tickets are numbered anew without them.
repetitive as (

    select distinct
        ticket_id,
        field
    from changes
    where is_repetition

),

renumbered as (

    select
        changes.ticket_id,
        changes.field,
        changes.occurred_at,
        changes.previous_value,
        changes.new_value,
        row_number() over in_order as change_number,
        lead(changes.occurred_at) over in_order as changed_again_at
    from changes
    inner join repetitive
        on changes.ticket_id = repetitive.ticket_id
        and changes.field = repetitive.field
    where not changes.is_repetition
    window in_order as (partition by changes.ticket_id, changes.field order by changes.event_number)

)

select
    changes.ticket_id,
    changes.field,
    changes.occurred_at,
    changes.previous_value,
    changes.new_value,
    changes.event_number as change_number,
    changes.next_occurred_at as changed_again_at
from changes
left join repetitive
    on changes.ticket_id = repetitive.ticket_id
    and changes.field = repetitive.field
where repetitive.ticket_id is null

union all

select
    ticket_id,
    field,
    occurred_at,
    previous_value,
    new_value,
    change_number,
    changed_again_at
from renumbered
