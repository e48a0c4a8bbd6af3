{# The contribution margin of subscription revenue; null while nobody has said (METRICS §5). #}
{% macro gross_margin_rate() -%}
    cast({{ 'null' if var('gross_margin_rate') is none else var('gross_margin_rate') }} as decimal(18, 6))
{%- endmacro %}


{# What a sum of one unit, paid at the start of a year, is worth `years` earlier (METRICS §5). #}
{% macro discount_factor(years) -%}
    power(1 + cast({{ var('clv_discount_rate') }} as double precision), -({{ years }}))
{%- endmacro %}
