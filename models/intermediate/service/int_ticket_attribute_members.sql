-- One row per combination of attributes and breakdown: which value of the breakdown, or the total, it belongs to.
with

attribute_sets as (

    select * from {{ ref('int_ticket_attribute_sets') }}

),

members as (

    select
        attribute_set,
        'total' as dimension,
        'total' as dimension_value
    from attribute_sets
    {% for dimension in ticket_dimensions() %}
    union all
    select
        attribute_set,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value
    from attribute_sets
    {% endfor %}

)

select
    attribute_set,
    dimension,
    dimension_value,
    dense_rank() over (order by dimension, dimension_value) as member_number
from members
