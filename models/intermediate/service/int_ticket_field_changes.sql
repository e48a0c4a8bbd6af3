-- One row per change of a field of a ticket in scope, in the order of METRICS §13 rule 25;
-- an event that repeats the value in force is none. What is to happen after as_of has not happened: a field that
-- changes only then has, so far, the value before that change, as if an event at the start of the clock had said so.
-- A view, so that each reader takes its field from the events and nothing is stored on the way; that condition alone
-- is asked while the file is read.
{{ config(materialized='view') }}

with

tickets as (

    select
        ticket_id,
        schedule_id,
        created_at
    from {{ ref('int_tickets_in_scope') }}

),

clock as (

    select as_of from {{ ref('int_build_clock') }}

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
    from {{ ref('stg_helpdesk__ticket_events') }}
    window in_order as (
        partition by ticket_id, field order by occurred_at, sequence nulls first, event_id
    )

),

told as (

    select
        ordered.ticket_id,
        tickets.schedule_id,
        tickets.created_at,
        ordered.field,
        ordered.occurred_at,
        ordered.event_number,
        ordered.new_value,
        ordered.value_before,
        ordered.occurred_at > clock.as_of as is_to_come,
        case when ordered.next_occurred_at <= clock.as_of then ordered.next_occurred_at end as next_occurred_at,
        case
            when ordered.event_number > 1 then ordered.value_before
            when ordered.field = 'status' then coalesce(ordered.old_value, 'new')
            else ordered.old_value
        end as previous_value
    from ordered
    inner join tickets
        on ordered.ticket_id = tickets.ticket_id
    cross join clock
    where ordered.occurred_at <= clock.as_of or ordered.event_number = 1

),

changes as (

    select
        ticket_id,
        schedule_id,
        created_at,
        field,
        case when is_to_come then created_at else occurred_at end as occurred_at,
        event_number,
        next_occurred_at,
        previous_value,
        case when is_to_come then previous_value else new_value end as new_value,
        event_number > 1 and coalesce(value_before, '') = coalesce(new_value, '') as is_repetition
    from told

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
        changes.schedule_id,
        changes.created_at,
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
    changes.schedule_id,
    changes.created_at,
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
    schedule_id,
    created_at,
    field,
    occurred_at,
    previous_value,
    new_value,
    change_number,
    changed_again_at
from renumbered
