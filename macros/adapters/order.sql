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
    {%- set place = order[0] if order | length == 1 else 'row(' ~ order | join(', ') ~ ')' -%}
    arg_{{ 'max' if is_last else 'min' }}_null({{ value }}, {{ place }}) filter (where {{ condition }})
{%- endmacro %}

{% macro postgres__value_in_order(value, order, condition, is_last) -%}
    {%- set direction = ' desc' if is_last else '' -%}
    (
        array_agg({{ value }} order by {{ order | join(direction ~ ', ') }}{{ direction }})
        filter (where {{ condition }})
    )[1]
{%- endmacro %}


{# Whether the lowest, or the highest, of a group's values stands in two of its rows: an aggregate. #}
{% macro lowest_is_shared(value, condition='true') %}
    {{- adapter.dispatch('end_is_shared', 'cx_warehouse')(value, condition, false) -}}
{% endmacro %}

{% macro highest_is_shared(value, condition='true') %}
    {{- adapter.dispatch('end_is_shared', 'cx_warehouse')(value, condition, true) -}}
{% endmacro %}

{% macro duckdb__end_is_shared(value, condition, is_highest) -%}
    {%- set two = (
        '(' ~ ('max' if is_highest else 'min') ~ '(' ~ value ~ ', 2) filter (where ' ~ condition ~ '))'
    ) -%}
    coalesce({{ two }}[1] = {{ two }}[2], false)
{%- endmacro %}

{% macro postgres__end_is_shared(value, condition, is_highest) -%}
    {%- set all = (
        '(array_agg(' ~ value ~ ' order by ' ~ value ~ (' desc' if is_highest else '') ~ ')'
        ~ ' filter (where ' ~ condition ~ '))'
    ) -%}
    coalesce({{ all }}[1] = {{ all }}[2], false)
{%- endmacro %}
