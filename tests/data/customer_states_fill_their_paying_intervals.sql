-- The states of a relationship follow each other from its first day to its last, with no hole and no day twice
-- (METRICS §3.0): each begins where the one before it ends, the first with the interval, the last ends with it.
with

states as (

    select
        customer_id,
        spell_number,
        started_date,
        ended_date,
        lag(ended_date) over by_day as previous_ended_date,
        lag(started_date) over by_day is null as is_first,
        lead(started_date) over by_day is null as is_last
    from {{ ref('fct_customer_states') }}
    window by_day as (partition by customer_id, spell_number order by started_date)

)

select
    intervals.customer_id,
    intervals.spell_number,
    states.started_date,
    states.ended_date
from {{ ref('fct_paying_intervals') }} as intervals
full outer join states
    on intervals.customer_id = states.customer_id
    and intervals.spell_number = states.spell_number
where
    intervals.customer_id is null
    or states.customer_id is null
    or (states.is_first and states.started_date <> intervals.started_date)
    or (not states.is_first and coalesce(states.previous_ended_date <> states.started_date, true))
    or (
        states.is_last
        and coalesce(states.ended_date, date '9999-12-31') <> coalesce(intervals.ended_date, date '9999-12-31')
    )
