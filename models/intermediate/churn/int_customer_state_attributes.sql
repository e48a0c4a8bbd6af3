-- One row per customer, state and spell of unchanged attributes within it: the states cut where an attribute of
-- the customer changes (CLARIFICATIONS D7). A change planned for later than as_of has not happened: the piece
-- before it is still open.
{{ config(materialized='view') }}

select
    states.customer_id,
    states.spell_number,
    coalesce(attributes.segment, 'unknown') as segment,
    coalesce(attributes.persona, 'unknown') as persona,
    coalesce(attributes.region, 'unknown') as region,
    coalesce(attributes.country, 'unknown') as country,
    states.plan,
    states.product,
    coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
    states.mrr,
    states.is_paused,
    greatest(states.from_date, coalesce(attributes.valid_from, states.from_date)) as from_date,
    case
        when coalesce(attributes.valid_to, states.to_date) > clock.as_of_date then states.to_date
        else least(states.to_date, coalesce(attributes.valid_to, states.to_date))
    end as to_date
from {{ ref('int_customer_states') }} as states
cross join {{ ref('int_build_clock') }} as clock
left join {{ ref('int_customer_attributes') }} as attributes
    on states.customer_id = attributes.customer_id
    and states.from_date < attributes.valid_to
    and states.to_date > attributes.valid_from
left join {{ ref('stg_crm__customers') }} as customers
    on states.customer_id = customers.customer_id
where coalesce(attributes.valid_from, states.from_date) <= clock.as_of_date
