-- One row per customer and spell of unchanged attributes, from local day to local day (CLARIFICATIONS D7):
-- before the first known value the earliest holds, an attribute without history keeps today's value for all
-- time, and a day that no known spell covers is 'unknown'. valid_to is exclusive; 9999-12-31 is still open.
-- A customer without a row of its own is unknown, whatever a history says of it (D8).
{%- set attributes = ['segment', 'persona', 'country', 'region', 'language'] %}
with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

history as (

    select
        customer_id,
        attribute,
        value,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
        row_number() over (partition by customer_id, attribute order by valid_from) as version
    from {{ ref('stg_crm__customer_history') }}

),

cuts as (

    select
        customer_id,
        date '1900-01-01' as cut_date
    from customers
    union distinct
    select
        customer_id,
        date '1900-01-01' as cut_date
    from history
    union distinct
    select
        customer_id,
        valid_from as cut_date
    from history
    where version > 1
    union distinct
    select
        customer_id,
        valid_to as cut_date
    from history
    where valid_to < date '9999-12-31'

),

spells as (

    select
        customer_id,
        cut_date as valid_from,
        lead(cut_date, 1, date '9999-12-31') over (partition by customer_id order by cut_date) as valid_to
    from cuts

),

in_force as (

    select
        spells.customer_id,
        spells.valid_from,
        history.attribute,
        history.value,
        row_number() over (
            partition by spells.customer_id, spells.valid_from, history.attribute
            order by history.valid_from desc
        ) as recency
    from spells
    inner join history
        on spells.customer_id = history.customer_id
        and (history.valid_from <= spells.valid_from or history.version = 1)
        and history.valid_to > spells.valid_from

),

values_in_force as (

    select
        {% for attribute in attributes -%}
        max(case when attribute = '{{ attribute }}' then value end) as {{ attribute }},
        {% endfor -%}
        customer_id,
        valid_from
    from in_force
    where recency = 1
    group by customer_id, valid_from

),

attributes_with_history as (

    select
        {% for attribute in attributes -%}
        max(case when attribute = '{{ attribute }}' then 1 else 0 end) as has_{{ attribute }},
        {% endfor -%}
        customer_id
    from history
    group by customer_id

)

select
    spells.customer_id,
    {% for attribute in attributes -%}
    coalesce(
        case
            when attributes_with_history.has_{{ attribute }} = 1 then values_in_force.{{ attribute }}
            else customers.{{ attribute }}
        end,
        'unknown'
    ) as {{ attribute }},
    {% endfor -%}
    spells.valid_from,
    spells.valid_to
from spells
inner join customers
    on spells.customer_id = customers.customer_id
left join attributes_with_history
    on spells.customer_id = attributes_with_history.customer_id
left join values_in_force
    on spells.customer_id = values_in_force.customer_id
    and spells.valid_from = values_in_force.valid_from
