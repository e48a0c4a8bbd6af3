-- One row per open ticket and local day end (CLARIFICATIONS D45): open where a spell before the solution
-- covers the end of the day. Only open tickets are laid over days.
-- A view: a ticket that nobody closes has a row for every day, which to write takes longer than to read.
{{ config(materialized='view') }}

with

tickets as (

    select
        ticket_id,
        team,
        priority,
        created_at
    from {{ beside(ref('fct_tickets')) }}

),

clock as (

    select * from {{ beside(ref('int_build_clock')) }}

),

days as (

    select
        dates.date_day,
        {{ start_of_reporting_date(date_plus('dates.date_day', 1)) }} as day_end_at
    from {{ beside(ref('dim_dates')) }} as dates
    cross join clock
    where
        dates.date_day < clock.as_of_date
        and dates.date_day >= (select min(tickets.created_date) from {{ beside(ref('fct_tickets')) }} as tickets)

),

-- A day end at the very start of a spell is in it; one at its end is not.
open_spells as (

    select
        spells.ticket_id,
        {{ reporting_date(plus_microseconds('spells.started_at', -1)) }} as first_day,
        case
            when spells.ended_at is null then clock.as_of_date
            else {{ reporting_date(plus_microseconds('spells.ended_at', -1)) }}
        end as end_day
    from {{ beside(ref('int_ticket_status_spells')) }} as spells
    cross join clock
    where spells.status not in ('solved', 'closed')

),

long_spells as (

    select * from open_spells
    where first_day < end_day

)

select
    days.date_day,
    long_spells.ticket_id,
    tickets.team,
    tickets.priority,
    {{ elapsed_minutes('tickets.created_at', 'days.day_end_at') }} as age_minutes
from long_spells
inner join days
    on long_spells.first_day <= days.date_day
    and long_spells.end_day > days.date_day
inner join tickets
    on long_spells.ticket_id = tickets.ticket_id
