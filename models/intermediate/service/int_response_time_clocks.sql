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

),

-- Business time is the headline where a schedule exists (METRICS §4.0).
headline_clocks as (

    select case when count(*) > 0 then 'business' else 'calendar' end as clock
    from {{ ref('stg_helpdesk__schedules') }}

),

both_clocks as (

    select
        ticket_id,
        run_number,
        wait,
        'calendar' as clock,
        is_answered,
        cohort_date,
        calendar_minutes as minutes
    from measured

    union all

    select
        ticket_id,
        run_number,
        wait,
        'business' as clock,
        is_answered,
        cohort_date,
        business_minutes as minutes
    from measured
    where business_minutes is not null

),

numbered as (

    select
        *,
        case wait
            {%- for wait in waits() %}
            when '{{ wait }}' then {{ 2 * loop.index0 }}
            {%- endfor %}
        end
        + case clock when 'business' then 1 else 0 end as kind_number
    from both_clocks

)

select
    numbered.ticket_id,
    numbered.run_number,
    attribute_sets.attribute_set,
    numbered.wait,
    numbered.clock,
    numbered.kind_number,
    numbered.minutes,
    percent_rank() over (
        partition by numbered.kind_number order by numbered.minutes, not numbered.is_answered
    ) as place,
    numbered.is_answered,
    numbered.clock = headline_clocks.clock as is_headline,
    cast(date_trunc('month', numbered.cohort_date) as date) as cohort_month
from numbered
inner join tickets
    on numbered.ticket_id = tickets.ticket_id
inner join {{ ref('int_ticket_attribute_sets') }} as attribute_sets
    on coalesce(tickets.team, 'unknown') = attribute_sets.team
    and coalesce(tickets.office, 'unknown') = attribute_sets.office
    and coalesce(tickets.channel, 'unknown') = attribute_sets.channel
    and coalesce(tickets.priority, 'unknown') = attribute_sets.priority
    and coalesce(tickets.topic, 'unknown') = attribute_sets.topic
    and tickets.segment = attribute_sets.segment
cross join headline_clocks
