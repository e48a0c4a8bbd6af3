-- One row per customer and merged paying interval (METRICS §3.0).
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    customer_id,
    spell_number,
    first_mrr,
    last_mrr,
    is_provisional,
    started_date,
    ended_date,
    {{ start_of_reporting_date('started_date') }} as started_at,
    {{ start_of_reporting_date('ended_date') }} as ended_at
from {{ beside(ref('int_paying_spells')) }}
