-- One row per spelling of a churn reason that is understood: the codes themselves and the value map.
select
    {{ churn_reason_key('reason') }} as reason_key,
    reason
from {{ ref('churn_reasons') }}

union

select
    {{ churn_reason_key('raw_value') }} as reason_key,
    reason
from {{ ref('churn_reason_values') }}
