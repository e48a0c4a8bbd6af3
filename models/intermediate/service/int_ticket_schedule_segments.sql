-- One row per ticket that changed its schedule and spell of one schedule. The offsets make the ticket's clock
-- run on from one schedule's readings to the next one's (CLARIFICATIONS D41, macro ticket_reading). A schedule
-- without opening hours is named but rules nothing: its schedule_id is null.
with

{{ field_changes('schedule') }},

changes as (

    select
        ticket_changes.ticket_id,
        ticket_changes.change_number,
        greatest(ticket_changes.occurred_at, tickets.created_at) as occurred_at,
        coalesce(ticket_changes.previous_value, tickets.default_schedule_id) as previous_schedule_id,
        coalesce(ticket_changes.new_value, tickets.default_schedule_id) as schedule_id
    from schedule_changes as ticket_changes
    inner join {{ ref('int_tickets_in_scope') }} as tickets
        on ticket_changes.ticket_id = tickets.ticket_id

),

business_days as (

    select * from {{ ref('int_business_days') }}

),

-- How far the readings of the two schedules lie apart at the moment of the change.
steps as (

    select
        changes.ticket_id,
        changes.change_number,
        changes.occurred_at,
        changes.schedule_id as named_schedule_id,
        previous_days.schedule_id as previous_schedule_id,
        next_days.schedule_id,
        coalesce({{ working_reading('changes.occurred_at', 'previous_days') }}, 0)
        - coalesce({{ working_reading('changes.occurred_at', 'next_days') }}, 0) as working_step,
        coalesce({{ working_reading('changes.occurred_at', 'next_days') }}, 0) as next_working,
        {{ microseconds_between("timestamp '2000-01-01 00:00:00'", 'changes.occurred_at') }} * (
            case when previous_days.schedule_id is null then 1 else 0 end
            - case when next_days.schedule_id is null then 1 else 0 end
        ) as unscheduled_step
    from changes
    left join business_days as previous_days
        on changes.previous_schedule_id = previous_days.schedule_id
        and cast(changes.occurred_at as date) = previous_days.utc_date
    left join business_days as next_days
        on changes.schedule_id = next_days.schedule_id
        and cast(changes.occurred_at as date) = next_days.utc_date

),

summed as (

    select
        *,
        cast(sum(working_step) over so_far as bigint) as working_offset,
        cast(sum(unscheduled_step) over so_far as bigint) as unscheduled_offset
    from steps
    window so_far as (
        partition by ticket_id order by change_number rows between unbounded preceding and current row
    )

),

segments as (

    select
        ticket_id,
        cast(0 as bigint) as segment_number,
        timestamp '1900-01-01 00:00:00' as started_at,
        cast(null as {{ dbt.type_string() }}) as named_schedule_id,
        previous_schedule_id as schedule_id,
        cast(0 as bigint) as working_offset,
        cast(0 as bigint) as unscheduled_offset,
        cast(null as bigint) as started_working
    from steps
    where change_number = 1

    union all

    select
        ticket_id,
        change_number as segment_number,
        occurred_at as started_at,
        named_schedule_id,
        schedule_id,
        working_offset,
        unscheduled_offset,
        working_offset + next_working as started_working
    from summed

)

select
    ticket_id,
    segment_number,
    named_schedule_id,
    schedule_id,
    working_offset,
    unscheduled_offset,
    started_working,
    lead(started_working) over (partition by ticket_id order by segment_number) as ended_working,
    started_at,
    lead(started_at, 1, timestamp '9999-12-31 00:00:00') over (
        partition by ticket_id order by segment_number
    ) as ended_at
from segments
