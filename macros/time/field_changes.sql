{#
    One row per change of a field of a ticket in scope, in the order of METRICS §13 rule 25; an event that repeats the
    value in force is none. What is to happen after as_of has not happened: a field that changes only then has, so
    far, the value before that change, as if an event at the start of the clock had said so.

    A query with ticket_id, schedule_id, created_at (start of the clock), occurred_at, previous_value, new_value,
    change_number (from 1) and changed_again_at. Each reader takes its field from the events, so nothing is stored on
    the way and the field is looked for while the file is read. To order all events by sequence and key too would cost
    twice as much, so only tickets where those decide are ordered by them.
#}
{% macro field_changes(field) -%}
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

    ordered_by_time as (

        select
            ticket_id,
            occurred_at,
            old_value,
            new_value,
            row_number() over in_order as event_number,
            lag(occurred_at) over in_order as occurred_before,
            lag(new_value) over in_order as value_before,
            lead(occurred_at) over in_order as next_occurred_at
        from {{ ref('stg_helpdesk__ticket_events') }}
        where field = '{{ field }}'
        window in_order as (partition by ticket_id order by occurred_at)

    ),

    -- Two events of one moment, or one that repeats the value in force.
    in_question as (

        select distinct ticket_id from ordered_by_time
        where
            event_number > 1
            and (occurred_at = occurred_before or coalesce(new_value, '') = coalesce(value_before, ''))

    ),

    ordered as (

        select
            events.ticket_id,
            events.occurred_at,
            events.old_value,
            events.new_value,
            row_number() over in_order as event_number,
            lag(events.new_value) over in_order as value_before
        from {{ ref('stg_helpdesk__ticket_events') }} as events
        inner join in_question
            on events.ticket_id = in_question.ticket_id
        where events.field = '{{ field }}'
        window in_order as (
            partition by events.ticket_id order by events.occurred_at, events.sequence nulls first, events.event_id
        )

    ),

    changes as (

        select
            ordered_by_time.ticket_id,
            ordered_by_time.occurred_at,
            ordered_by_time.old_value,
            ordered_by_time.new_value,
            ordered_by_time.value_before,
            ordered_by_time.event_number as change_number,
            ordered_by_time.next_occurred_at
        from ordered_by_time
        left join in_question
            on ordered_by_time.ticket_id = in_question.ticket_id
        where in_question.ticket_id is null

        union all

        select
            ticket_id,
            occurred_at,
            old_value,
            new_value,
            value_before,
            row_number() over in_order as change_number,
            lead(occurred_at) over in_order as next_occurred_at
        from ordered
        where
            event_number = 1
            or coalesce(new_value, '') <> coalesce(value_before, '')
        window in_order as (partition by ticket_id order by event_number)

    ),

    told as (

        select
            changes.ticket_id,
            tickets.schedule_id,
            tickets.created_at,
            changes.occurred_at,
            changes.new_value,
            changes.change_number,
            changes.occurred_at > clock.as_of as is_to_come,
            case when changes.next_occurred_at <= clock.as_of then changes.next_occurred_at end as changed_again_at,
            case
                when changes.change_number > 1 then changes.value_before
                else {{ "coalesce(changes.old_value, 'new')" if field == 'status' else 'changes.old_value' }}
            end as previous_value
        from changes
        inner join tickets
            on changes.ticket_id = tickets.ticket_id
        cross join clock
        where changes.occurred_at <= clock.as_of or changes.change_number = 1

    )

    select
        ticket_id,
        schedule_id,
        created_at,
        case when is_to_come then created_at else occurred_at end as occurred_at,
        previous_value,
        case when is_to_come then previous_value else new_value end as new_value,
        change_number,
        changed_again_at
    from told
{%- endmacro %}
