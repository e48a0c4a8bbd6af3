-- One row per ticket with a status history (or open without one): its solutions, reopenings and time in each
-- status up to as_of (METRICS §4.3). A view: int_ticket_clocks stores what it says.
{{ config(materialized='view') }}

with

sums as (

    select
        ticket_id,
        min(case when is_solution then started_at end) as first_solved_at,
        max(case when is_solution then started_at end) as last_solved_at,
        min(case when is_solution then started_working end) as first_solved_working,
        max(case when is_solution then started_working end) as last_solved_working,
        min(case when is_reopening then started_at end) as first_reopened_at,
        count(case when is_reopening then 1 end) as reopens,
        max(case when ended_at is null then status end) as current_status,
        sum(case when status = 'pending' then elapsed else 0 end) as pending,
        sum(case when status = 'hold' then elapsed else 0 end) as on_hold,
        sum(case when status in ('new', 'open') then elapsed else 0 end) as in_work,
        sum(case when status = 'hold' then working else 0 end) as on_hold_working,
        sum(case when status in ('new', 'open') then working else 0 end) as in_work_working,
        count(case when status = 'hold' and working is null and elapsed > 0 then 1 end) as on_hold_unscheduled,
        count(case when status in ('new', 'open') and working is null and elapsed > 0 then 1 end) as in_work_unscheduled
    from {{ ref('int_ticket_status_spells') }}
    group by ticket_id

)

-- Null where any of the spells counted was without a schedule: a sum over what is left would mislead.
select
    ticket_id,
    first_solved_at,
    last_solved_at,
    first_solved_working,
    last_solved_working,
    first_reopened_at,
    reopens,
    current_status,
    cast(pending as bigint) as pending,
    cast(on_hold as bigint) as on_hold,
    cast(in_work as bigint) as in_work,
    case
        when on_hold_unscheduled = 0 and in_work_unscheduled = 0
            then cast(coalesce(in_work_working, 0) + coalesce(on_hold_working, 0) as bigint)
    end as requester_wait_working,
    case
        when in_work_unscheduled = 0 then cast(coalesce(in_work_working, 0) as bigint)
    end as agent_work_working
from sums
