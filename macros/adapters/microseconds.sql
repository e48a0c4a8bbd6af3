{#
    Exact time arithmetic in whole microseconds, so that sums do not depend on the order in which they are
    taken (METRICS §0.5).
#}

{% macro microseconds_between(start, stop) %}
    {{- adapter.dispatch('microseconds_between', 'cx_warehouse')(start, stop) -}}
{% endmacro %}

{% macro duckdb__microseconds_between(start, stop) -%}
    date_diff('microsecond', {{ start }}, {{ stop }})
{%- endmacro %}

{% macro postgres__microseconds_between(start, stop) -%}
    cast(extract(epoch from ({{ stop }} - {{ start }})) * 1000000 as bigint)
{%- endmacro %}


{# Microseconds since midnight of the instant's own UTC day. #}
{% macro microseconds_of_day(instant) %}
    {{- adapter.dispatch('microseconds_of_day', 'cx_warehouse')(instant) -}}
{% endmacro %}

{% macro default__microseconds_of_day(instant) -%}
    {{ microseconds_between('cast(cast(' ~ instant ~ ' as date) as timestamp)', instant) }}
{%- endmacro %}

{# A third of the time; a remainder would be negative before 1970, of which staging accepts nothing. #}
{% macro duckdb__microseconds_of_day(instant) -%}
    (epoch_us({{ instant }}) % 86400000000)
{%- endmacro %}


{% macro plus_microseconds(instant, microseconds) %}
    {{- adapter.dispatch('plus_microseconds', 'cx_warehouse')(instant, microseconds) -}}
{% endmacro %}

{% macro duckdb__plus_microseconds(instant, microseconds) -%}
    ({{ instant }} + to_microseconds({{ microseconds }}))
{%- endmacro %}

{% macro postgres__plus_microseconds(instant, microseconds) -%}
    ({{ instant }} + ({{ microseconds }}) * interval '1 microsecond')
{%- endmacro %}


{# Quotient of two whole numbers, rounded down; the dividend is not negative. #}
{% macro whole_quotient(dividend, divisor) %}
    {{- adapter.dispatch('whole_quotient', 'cx_warehouse')(dividend, divisor) -}}
{% endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}divide({{ dividend }}, {{ divisor }}){%- endmacro %}

{% macro postgres__whole_quotient(dividend, divisor) -%}(({{ dividend }}) / {{ divisor }}){%- endmacro %}
