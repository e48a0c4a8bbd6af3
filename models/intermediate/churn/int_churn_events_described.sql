-- One row per churn event and grain of period, with what it is broken down by: as the customer was the day before
-- (CLARIFICATIONS D54).
{{ config(materialized='view') }}

select
    churns.customer_id,
    churns.spell_number,
    grains.period_grain,
    {{ period_start('grains.period_grain', 'churns.churn_date', 'clock.first_month') }} as period_start,
    profiles.segment,
    profiles.persona,
    profiles.region,
    profiles.country,
    profiles.plan,
    profiles.product,
    profiles.acquisition_channel,
    churns.tenure_band,
    churns.reason,
    churns.reason_source,
    churns.mrr_lost
from {{ ref('int_churns') }} as churns
inner join {{ ref('int_churn_profiles') }} as profiles
    on churns.profile_id = profiles.profile_id
cross join {{ period_grains() }} as grains
cross join (
    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}
) as clock
