-- One row per combination of attributes that some state of some customer had: what churn is broken down by. The
-- number stands for the combination in everything that is summed, and is joined back when little is left.
with

profiles as (

    select distinct
        segment,
        persona,
        region,
        country,
        plan,
        product,
        acquisition_channel
    from {{ ref('int_customer_state_attributes') }}

)

select
    cast(row_number() over (
        order by segment, persona, region, country, plan, product, acquisition_channel
    ) as bigint) as profile_id,
    segment,
    persona,
    region,
    country,
    plan,
    product,
    acquisition_channel
from profiles
