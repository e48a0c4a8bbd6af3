-- One row per customer with today's attributes; a value nobody delivered is 'unknown'. Names stay in staging.
select
    customer_id,
    coalesce(segment, 'unknown') as segment,
    coalesce(persona, 'unknown') as persona,
    coalesce(industry, 'unknown') as industry,
    coalesce(country, 'unknown') as country,
    coalesce(region, 'unknown') as region,
    coalesce(city, 'unknown') as city,
    coalesce(language, 'unknown') as language,
    coalesce(acquisition_channel, 'unknown') as acquisition_channel,
    acquisition_cost,
    is_test,
    acquired_at
from {{ ref('stg_crm__customers') }}
