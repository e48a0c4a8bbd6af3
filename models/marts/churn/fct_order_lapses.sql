-- One row per customer and lapse: it has not bought for longer than the threshold (METRICS §3.7).
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    customer_id,
    spell_number,
    purchases,
    threshold_days,
    returned_date is not null as is_returned,
    started_date,
    last_purchase_date,
    churn_date,
    returned_date,
    {{ start_of_reporting_date('churn_date') }} as churned_at
from {{ beside(ref('int_buying_spells')) }}
where
    scenario = 'usual'
    and is_lapsed
