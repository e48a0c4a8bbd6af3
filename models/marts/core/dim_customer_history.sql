-- One row per customer and spell of unchanged attributes, open spells with an empty end.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    customer_id,
    segment,
    persona,
    country,
    region,
    language,
    valid_from,
    nullif(valid_to, date '9999-12-31') as valid_to
from {{ beside(ref('int_customer_attributes')) }}
