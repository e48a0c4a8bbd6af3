{# Layers are schemas of their own name, whoever builds: marts, quality, staging, intermediate. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}


{#
    A relation of the same database, named without it: the view that reads it can be read wherever the database is
    opened, under whatever name.
#}
{% macro beside(relation) -%}{{ relation.include(database=false) }}{%- endmacro %}
