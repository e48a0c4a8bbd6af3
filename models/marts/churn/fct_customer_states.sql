-- One row per customer and spell of local days with one MRR, or paused, and one combination of attributes
-- (METRICS §3.0, CLARIFICATIONS D7): who paid what on which days, and what kind of customer it was then. Stocks of
-- customers and customer-days are read from here, by other subjects too.
select
    states.customer_id,
    states.spell_number,
    profiles.segment,
    profiles.persona,
    profiles.region,
    profiles.country,
    profiles.plan,
    profiles.product,
    profiles.acquisition_channel,
    states.mrr,
    states.is_paused,
    states.from_date as started_date,
    nullif(states.to_date, date '9999-12-31') as ended_date,
    {{ start_of_reporting_date('states.from_date') }} as started_at,
    {{ start_of_reporting_date("nullif(states.to_date, date '9999-12-31')") }} as ended_at
from {{ ref('int_customer_state_profiles') }} as states
inner join {{ ref('int_churn_profiles') }} as profiles
    on states.profile_id = profiles.profile_id
