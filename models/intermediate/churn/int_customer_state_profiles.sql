-- One row per customer and spell of local days in one state with one combination of attributes.
select
    states.customer_id,
    states.spell_number,
    profiles.profile_id,
    states.mrr,
    states.is_paused,
    spells.started_date as spell_started_date,
    coalesce(spells.ended_date, date '9999-12-31') as spell_ended_date,
    states.from_date,
    states.to_date
from {{ ref('int_customer_state_attributes') }} as states
inner join {{ ref('int_churn_profiles') }} as profiles
    on states.segment = profiles.segment
    and states.persona = profiles.persona
    and states.region = profiles.region
    and states.country = profiles.country
    and states.plan = profiles.plan
    and states.product = profiles.product
    and states.acquisition_channel = profiles.acquisition_channel
inner join {{ ref('int_paying_spells') }} as spells
    on states.customer_id = spells.customer_id
    and states.spell_number = spells.spell_number
