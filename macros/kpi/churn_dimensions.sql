{# What churn is broken down by, beside the total: attributes of the customer and of what it paid for. #}
{% macro churn_dimensions() -%}
    {{ return([
        'segment', 'persona', 'region', 'country', 'plan', 'product', 'acquisition_channel', 'tenure_band',
    ]) }}
{%- endmacro %}
