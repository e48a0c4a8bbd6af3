{#
    One row per change of a field of a ticket in scope, in the order of METRICS §13 rule 25; an event that repeats the
    value in force is none. What is to happen after as_of has not happened: a field that changes only then has, so
    far, the value before that change, as if an event at the start of the clock had said so.

    CTEs of a query, the last of which is `<field>_changes` with ticket_id, schedule_id, created_at (start of the
    clock), occurred_at, previous_value, new_value, change_number (from 1) and changed_again_at. Each reader takes its
    field from the events, so nothing is stored on the way and the field is looked for while the file is read. To
    order all events by sequence and key too would cost twice as much, so only tickets where those decide are ordered
    by them.
#}
{% macro field_changes(field) -%}
    in_scope as (

        select
            ticket_id,
            schedule_id,
            created_at
        from {{ ref('int_tickets_in_scope') }}

    ),

    ordered_by_time as (

        select
            ticket_id,
            occurred_at,
            old_value,
            new_value,
            row_number() over in_order as change_number,
            lag(new_value) over in_order as value_before,
            lead(occurred_at) over in_order as next_occurred_at
        from {{ ref('stg_helpdesk__ticket_events') }}
        where field = '{{ field }}'
        window in_order as (partition by ticket_id order by occurred_at)

    ),

    told_by_time as (

        {{ told_changes('ordered_by_time', field) }}

    ),

    -- Two events of one moment, also of one to come, or one that repeats the value in force.
    in_question as (

        select distinct ticket_id from told_by_time
        where is_in_question

    ),

    events_in_question as (

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

    ordered_by_sequence as (

        select
            ticket_id,
            occurred_at,
            old_value,
            new_value,
            row_number() over in_order as change_number,
            value_before,
            lead(occurred_at) over in_order as next_occurred_at
        from events_in_question
        where
            event_number = 1
            or coalesce(new_value, '') <> coalesce(value_before, '')
        window in_order as (partition by ticket_id order by event_number)

    ),

    told_by_sequence as (

        {{ told_changes('ordered_by_sequence', field) }}

    ),

    {{ field }}_changes as not materialized (

        select told_by_time.*
        from told_by_time
        left join in_question
            on told_by_time.ticket_id = in_question.ticket_id
        where in_question.ticket_id is null

        union all

        select * from told_by_sequence

    )
{%- endmacro %}


{# Changes in order as they are known at as_of, with their ticket. #}
{% macro told_changes(changes, field) -%}
    {%- set previous_value -%}
        case
            when {{ changes }}.change_number > 1 then {{ changes }}.value_before
            else {{ "coalesce(" ~ changes ~ ".old_value, 'new')" if field == 'status' else changes ~ '.old_value' }}
        end
    {%- endset -%}
    select
            {{ changes }}.ticket_id,
            in_scope.schedule_id,
            in_scope.created_at,
            case
                when {{ changes }}.occurred_at > {{ as_of() }} then in_scope.created_at
                else {{ changes }}.occurred_at
            end as occurred_at,
            {{ previous_value }} as previous_value,
            case
                when {{ changes }}.occurred_at > {{ as_of() }} then {{ previous_value }}
                else {{ changes }}.new_value
            end as new_value,
            {{ changes }}.change_number,
            case
                when {{ changes }}.next_occurred_at <= {{ as_of() }} then {{ changes }}.next_occurred_at
            end as changed_again_at,
            coalesce({{ changes }}.occurred_at = {{ changes }}.next_occurred_at, false)
            or (
                {{ changes }}.change_number > 1
                and coalesce({{ changes }}.new_value, '') = coalesce({{ changes }}.value_before, '')
            ) as is_in_question
        from {{ changes }}
        inner join in_scope
            on {{ changes }}.ticket_id = in_scope.ticket_id
        where {{ changes }}.occurred_at <= {{ as_of() }} or {{ changes }}.change_number = 1
{%- endmacro %}
