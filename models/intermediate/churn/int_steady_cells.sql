-- One row per period, profile and tenure band: the customers that open and close the period in one and the same
-- state, summed as they are met. There are far more of them than of all others, and none needs a row of its own.
with

periods as (

    select * from {{ ref('int_churn_periods') }}

)

select
    periods.period_grain,
    periods.period_start,
    periods.has_begun,
    states.profile_id,
    {{ tenure_band('states.spell_started_date', 'periods.opening_date') }} as tenure_band,
    count(*) as covered_customers,
    count(*) filter (where not states.is_paused) as paying_customers,
    sum(states.mrr) as mrr,
    sum(states.mrr * states.mrr) as squares
from {{ ref('int_customer_state_profiles') }} as states
inner join periods
    on states.from_date <= periods.opening_date
    and states.to_date > periods.closing_date
group by 1, 2, 3, 4, 5
