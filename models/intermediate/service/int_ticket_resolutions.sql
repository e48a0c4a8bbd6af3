-- One row per ticket with a status history (or open without one): its solutions, reopenings and time in each
-- status up to as_of (METRICS §4.3). A view: int_tickets_measured stores what it says.
{{ config(materialized='view') }}

with

spells as (

    select * from {{ ref('int_ticket_status_spells') }}

)

select
    ticket_id,
    min(started_at) filter (where is_solution) as first_solved_at,
    max(started_at) filter (where is_solution) as last_solved_at,
    min(started_working) filter (where is_solution) as first_solved_working,
    max(started_working) filter (where is_solution) as last_solved_working,
    min(started_at) filter (where is_reopening) as first_reopened_at,
    count(*) filter (where is_reopening) as reopens,
    max(case when ended_at is null then status end) as current_status,
    cast(coalesce(sum(elapsed) filter (where status = 'pending'), 0) as bigint) as pending,
    cast(coalesce(sum(elapsed) filter (where status = 'hold'), 0) as bigint) as on_hold,
    cast(coalesce(sum(elapsed) filter (where status in ('new', 'open')), 0) as bigint) as in_work,
    -- Null where any of the spells counted was without a schedule: a sum over what is left would mislead.
    case
        when count(*) filter (where status in ('new', 'open', 'hold') and working is null and elapsed > 0) = 0
            then cast(coalesce(sum(working) filter (where status in ('new', 'open', 'hold')), 0) as bigint)
    end as requester_wait_working,
    case
        when count(*) filter (where status in ('new', 'open') and working is null and elapsed > 0) = 0
            then cast(coalesce(sum(working) filter (where status in ('new', 'open')), 0) as bigint)
    end as agent_work_working
from spells
group by ticket_id
