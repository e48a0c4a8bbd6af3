-- One row per reason of the churn taxonomy (METRICS §3.9).
select
    reason,
    reason_group,
    label_en,
    label_ru,
    label_lt,
    churn_type,
    is_avoidable,
    is_churn
from {{ ref('churn_reasons') }}
