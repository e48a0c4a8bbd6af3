-- One row per ticket and spell in one status, half-open and without gaps, from the start of the ticket's clock
-- (CLARIFICATIONS D38). Closed tickets without a history have none (D39); an open one without a history has
-- been in its status since it was created. The last spell ends at as_of for what it measures.
with

tickets as (

    select * from {{ ref('int_tickets_in_scope') }}

),

{{ field_changes('status') }},

segments as (

    select * from {{ ref('int_ticket_schedule_segments') }}

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

clock as (

    select as_of from {{ ref('int_build_clock') }}

),

-- A first event that only repeats the status in force dates back to the start of the clock.
spells as (

    select
        changes.ticket_id,
        changes.schedule_id,
        changes.change_number as spell_number,
        changes.new_value as status,
        changes.previous_value as previous_status,
        case
            when changes.change_number = 1 and changes.previous_value = changes.new_value
                then changes.created_at
            else greatest(changes.occurred_at, changes.created_at)
        end as started_at,
        greatest(changes.changed_again_at, changes.created_at) as ended_at,
        changes.changed_again_at is null as is_last,
        -- Up to two seconds early is a difference of clocks and counts as at once (METRICS §4.0).
        {{ microseconds_between('changes.created_at', 'changes.occurred_at') }} >= -2000000 as is_in_clock
    from status_changes as changes

    union all

    select
        changes.ticket_id,
        changes.schedule_id,
        0 as spell_number,
        changes.previous_value as status,
        cast(null as {{ dbt.type_string() }}) as previous_status,
        changes.created_at as started_at,
        greatest(changes.occurred_at, changes.created_at) as ended_at,
        false as is_last,
        false as is_in_clock
    from status_changes as changes
    where
        changes.change_number = 1
        and changes.previous_value <> changes.new_value

    union all

    select
        tickets.ticket_id,
        tickets.schedule_id,
        0 as spell_number,
        tickets.status,
        cast(null as {{ dbt.type_string() }}) as previous_status,
        tickets.created_at as started_at,
        cast(null as timestamp) as ended_at,
        true as is_last,
        true as is_in_clock
    from tickets
    left join status_changes as changes
        on tickets.ticket_id = changes.ticket_id
        and changes.change_number = 1
    where
        changes.ticket_id is null
        and tickets.status not in ('solved', 'closed')

),

ended as (

    select
        spells.ticket_id,
        spells.schedule_id,
        spells.spell_number,
        spells.status,
        spells.previous_status,
        spells.started_at,
        spells.is_last,
        spells.is_in_clock,
        case when not spells.is_last then spells.ended_at end as ended_at,
        case when spells.is_last then clock.as_of else spells.ended_at end as measured_until
    from spells
    cross join clock
    where spells.is_last or spells.is_in_clock or spells.started_at < spells.ended_at

),

measured as (

    select
        ended.*,
        {{ ticket_reading('ended.started_at', 'start') }} as started_working,
        {{ ticket_reading('ended.measured_until', 'end') }} as ended_working,
        {{ unscheduled_reading('ended.started_at', 'start') }} as started_unscheduled,
        {{ unscheduled_reading('ended.measured_until', 'end') }} as ended_unscheduled,
        start_segments.ticket_id is not null and start_segments.schedule_id is null as starts_without_schedule
    from ended
    {{ joins_of_reading('ended', 'started_at', 'start') }}
    {{ joins_of_reading('ended', 'measured_until', 'end') }}

)

select
    ticket_id,
    spell_number,
    status,
    coalesce(
        is_in_clock and status in ('solved', 'closed') and previous_status not in ('solved', 'closed'), false
    ) as is_solution,
    coalesce(
        is_in_clock and status not in ('solved', 'closed') and previous_status in ('solved', 'closed'), false
    ) as is_reopening,
    started_at,
    ended_at,
    started_working,
    {{ not_negative(microseconds_between('started_at', 'measured_until')) }} as elapsed,
    case
        when started_unscheduled = ended_unscheduled and not starts_without_schedule
            then {{ not_negative('ended_working - started_working') }}
    end as working
from measured
