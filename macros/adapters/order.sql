{#
    The value of the first or the last row of a group in an order, null where that row has none: an aggregate, which
    spares the sort of the whole table. `order` is a list of SQL without nulls; `condition` chooses among the rows.
#}
{% macro first_in_order(value, order, condition='true') %}
    {{- adapter.dispatch('value_in_order', 'cx_warehouse')(value, order, condition, false) -}}
{% endmacro %}

{% macro last_in_order(value, order, condition='true') %}
    {{- adapter.dispatch('value_in_order', 'cx_warehouse')(value, order, condition, true) -}}
{% endmacro %}

{% macro duckdb__value_in_order(value, order, condition, is_last) -%}
    arg_{{ 'max' if is_last else 'min' }}_null({{ value }}, row({{ order | join(', ') }}))
        filter (where {{ condition }})
{%- endmacro %}

{% macro postgres__value_in_order(value, order, condition, is_last) -%}
    {%- set direction = ' desc' if is_last else '' -%}
    (
        array_agg({{ value }} order by {{ order | join(direction ~ ', ') }}{{ direction }})
        filter (where {{ condition }})
    )[1]
{%- endmacro %}
