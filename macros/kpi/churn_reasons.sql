{# What of a raw churn reason is compared: case, spaces and hyphens do not matter (METRICS §13 rule 22). #}
{% macro churn_reason_key(reason) -%}
    replace(replace(lower(trim({{ reason }})), ' ', '_'), '-', '_')
{%- endmacro %}
