-- One row per churn event, source of evidence and reason (METRICS §3.9).
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    customer_id,
    source,
    reason,
    is_primary,
    source = 'inferred' as is_inferred,
    is_late,
    {{ start_of_reporting_date('churn_date') }} as churned_at,
    evidence_at
from {{ beside(ref('int_churn_reason_evidence')) }}
