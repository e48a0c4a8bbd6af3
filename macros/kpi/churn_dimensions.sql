{# What churn is broken down by, beside the total: attributes of the customer and of what it paid for. #}
{% macro churn_dimensions() -%}
    {{ return([
        'segment', 'persona', 'region', 'country', 'plan', 'product', 'acquisition_channel', 'tenure_band',
    ]) }}
{%- endmacro %}


{# What survival is broken down by: what the customer was on its first paid day. #}
{% macro churn_life_dimensions() -%}
    {{ return(['segment', 'persona', 'plan', 'region', 'acquisition_channel']) }}
{%- endmacro %}


{# The columns that name one curve: a start cohort and a breakdown of it. #}
{% macro life_cell() -%}
    {{ return(['period_grain', 'period_start', 'dimension', 'dimension_value']) }}
{%- endmacro %}
