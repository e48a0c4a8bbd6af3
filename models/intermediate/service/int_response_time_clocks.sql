-- One row per wait, clock and ticket (or run): how long, and whether it ended or was cut off (METRICS §4.0).
with

tickets as (

    select * from {{ ref('int_tickets_measured') }}

),

runs as (

    select
        runs.*,
        {{ business_minutes(
            'runs.started_working', 'runs.stopped_working', 'runs.started_unscheduled',
            'runs.stopped_unscheduled'
        ) }} as wait_business_minutes
    from {{ ref('int_ticket_reply_runs') }} as runs

),

measured as (

    select
        runs.ticket_id,
        runs.run_number,
        case when runs.run_number = 1 then 'first_reply' else 'next_reply' end as wait,
        runs.replied_at is not null as is_answered,
        case
            when runs.run_number = 1 then tickets.created_date else {{ reporting_date('runs.waiting_since') }}
        end as cohort_date,
        runs.wait_minutes as calendar_minutes,
        runs.wait_business_minutes as business_minutes
    from runs
    inner join tickets
        on runs.ticket_id = tickets.ticket_id

    union all

    select
        ticket_id,
        1 as run_number,
        'any_reply' as wait,
        first_reply_at is not null as is_answered,
        created_date as cohort_date,
        coalesce(first_any_reply_minutes, {{ elapsed_minutes('created_at', 'any_censored_at') }}) as calendar_minutes,
        {{ business_minutes(
            'created_working', 'any_working', 'created_unscheduled', 'any_unscheduled'
        ) }} as business_minutes
    from tickets
    where
        not is_any_clock_void
        and (first_reply_at is not null or has_status_history or not is_solved)

    union all

    select
        ticket_id,
        1 as run_number,
        'first_resolution' as wait,
        first_solved_at is not null as is_answered,
        created_date as cohort_date,
        coalesce(first_resolution_minutes, {{ elapsed_minutes('created_at', 'as_of') }}) as calendar_minutes,
        case
            when first_solved_at is not null then first_resolution_business_minutes
            else {{ business_minutes(
                'created_working', 'as_of_working', 'created_unscheduled', 'as_of_unscheduled'
            ) }}
        end as business_minutes
    from tickets
    where first_solved_at is not null or not is_solved

    union all

    select
        ticket_id,
        1 as run_number,
        'full_resolution' as wait,
        is_solved as is_answered,
        created_date as cohort_date,
        coalesce(full_resolution_minutes, {{ elapsed_minutes('created_at', 'as_of') }}) as calendar_minutes,
        case
            when is_solved then full_resolution_business_minutes
            else {{ business_minutes(
                'created_working', 'as_of_working', 'created_unscheduled', 'as_of_unscheduled'
            ) }}
        end as business_minutes
    from tickets
    where last_solved_at is not null or not is_solved

)

select
    measured.ticket_id,
    measured.run_number,
    measured.wait,
    measured.is_answered,
    measured.cohort_date,
    measured.calendar_minutes,
    measured.business_minutes,
    coalesce(tickets.team, 'unknown') as team,
    coalesce(tickets.office, 'unknown') as office,
    coalesce(tickets.channel, 'unknown') as channel,
    coalesce(tickets.priority, 'unknown') as priority,
    coalesce(tickets.topic, 'unknown') as topic,
    tickets.segment
from measured
inner join tickets
    on measured.ticket_id = tickets.ticket_id
