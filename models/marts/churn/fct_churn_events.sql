-- One row per churn event: a paying relationship that ended (METRICS §3.0, §3.9).
select
    churns.customer_id,
    churns.spell_number,
    churns.cancellation_id,
    churns.churn_type,
    churns.reason,
    churns.reason_source,
    churns.competitor,
    profiles.segment,
    profiles.persona,
    profiles.region,
    profiles.country,
    profiles.plan,
    profiles.product,
    profiles.acquisition_channel,
    churns.tenure_band,
    churns.mrr_lost,
    churns.tenure_days,
    churns.is_provisional,
    churns.reason_source = 'inferred' as is_inferred,
    churns.is_avoidable,
    churns.churn_date,
    {{ start_of_reporting_date('churns.churn_date') }} as churned_at,
    {{ start_of_reporting_date('churns.next_started_date') }} as returned_at
from {{ ref('int_churns') }} as churns
inner join {{ ref('int_churn_profiles') }} as profiles
    on churns.profile_id = profiles.profile_id
