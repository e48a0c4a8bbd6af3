{# Layers are schemas of their own name, whoever builds: marts, quality, staging, intermediate. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
