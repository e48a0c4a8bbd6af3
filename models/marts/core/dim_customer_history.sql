-- One row per customer and spell of unchanged attributes, open spells with an empty end.
select
    customer_id,
    segment,
    persona,
    country,
    region,
    language,
    valid_from,
    nullif(valid_to, date '9999-12-31') as valid_to
from {{ ref('int_customer_attributes') }}
