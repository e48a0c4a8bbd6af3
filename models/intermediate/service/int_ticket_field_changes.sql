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
        lag(new_value) over in_order as value_before
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
        case
            when event_number > 1 then value_before
            when field = 'status' then coalesce(old_value, 'new')
            else old_value
        end as previous_value,
        new_value
    from ordered

)

select
    ticket_id,
    field,
    occurred_at,
    previous_value,
    new_value,
    row_number() over (partition by ticket_id, field order by event_number) as change_number,
    lead(occurred_at) over (partition by ticket_id, field order by event_number) as changed_again_at
from changes
where previous_value is distinct from new_value
    or event_number = 1
