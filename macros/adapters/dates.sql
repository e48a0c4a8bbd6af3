{# 0, 1, 2 … as a relation with the column n: ten to the power of `digits` rows, on any engine. #}
{% macro whole_numbers(digits) -%}
    (
        select
            {% for place in range(digits) -%}
            {{ 10 ** place }} * digit_{{ place }}.digit{{ ' + ' if not loop.last }}
            {%- endfor %} as n
        from
            {%- for place in range(digits) %}
            {{ 'cross join ' if not loop.first }}(
                select 0 as digit union all select 1 union all select 2 union all select 3 union all select 4
                union all select 5 union all select 6 union all select 7 union all select 8 union all select 9
            ) as digit_{{ place }}
            {%- endfor %}
    )
{%- endmacro %}


{# A date plus a number of days, both SQL, as a date. #}
{% macro date_plus(date, days) -%}
    cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}


{# Minutes between two instants, exact to the microsecond. #}
{% macro minutes_between(start, stop) %}
    {{- adapter.dispatch('minutes_between', 'cx_warehouse')(start, stop) -}}
{% endmacro %}

{% macro duckdb__minutes_between(start, stop) -%}
    (date_diff('microsecond', {{ start }}, {{ stop }}) / cast(60000000 as double))
{%- endmacro %}

{% macro postgres__minutes_between(start, stop) -%}
    (
        cast(extract(epoch from ({{ stop }} - {{ start }})) * 1000000 as bigint)
        / cast(60000000 as double precision)
    )
{%- endmacro %}
