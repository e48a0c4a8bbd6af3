-- One row per customer and day on which a month opens or closes, where the customer is paying or paused at 00:00
-- of that day: the stock that openings and closings are read from.
with

boundaries as (

    select opening_date as boundary_date
    from {{ ref('int_churn_periods') }}
    where period_grain in ('month', 'all')
    union
    select closing_date as boundary_date
    from {{ ref('int_churn_periods') }}
    where period_grain in ('month', 'all')

)

select
    states.customer_id,
    boundaries.boundary_date,
    states.spell_number,
    states.profile_id,
    {{ tenure_band('states.spell_started_date', 'boundaries.boundary_date') }} as tenure_band,
    states.mrr,
    states.is_paused,
    states.spell_started_date,
    states.spell_ended_date
from {{ ref('int_customer_state_profiles') }} as states
inner join boundaries
    on states.from_date <= boundaries.boundary_date
    and states.to_date > boundaries.boundary_date
