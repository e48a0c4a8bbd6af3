-- One row per churn event with its primary reason.
select
    churns.customer_id,
    churns.spell_number,
    churns.profile_id,
    churns.cancellation_id,
    churns.competitor,
    churns.churn_type,
    evidence.reason,
    evidence.source as reason_source,
    churns.tenure_band,
    churns.mrr_lost,
    churns.tenure_days,
    churns.is_provisional,
    churns.churn_type = 'voluntary' and reasons.is_avoidable as is_avoidable,
    churns.started_date,
    churns.churn_date,
    churns.next_started_date
from {{ ref('int_ended_spells') }} as churns
inner join {{ ref('int_churn_reason_evidence') }} as evidence
    on churns.customer_id = evidence.customer_id
    and churns.spell_number = evidence.spell_number
    and evidence.is_primary
inner join {{ ref('churn_reasons') }} as reasons
    on evidence.reason = reasons.reason
