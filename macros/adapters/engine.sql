{# What each engine needs to be told before a model runs, and nothing that changes a result. #}
{% macro engine_settings() %}
    {{- adapter.dispatch('engine_settings', 'cx_warehouse')() -}}
{% endmacro %}

{% macro default__engine_settings() %}{% endmacro %}

{# As many threads as there are cores, unless CX_THREADS says otherwise (dbt itself then takes as many, too). #}
{% macro duckdb__engine_settings() %}
    {%- set threads = env_var('CX_THREADS', '') -%}
    {%- if threads %}set threads to {{ threads | int }}{% endif -%}
{% endmacro %}

{# Compiling the statistics' long expressions took PostgreSQL 130 s where evaluating them takes 3. #}
{% macro postgres__engine_settings() %}set jit = off{% endmacro %}


{# dbt loads a seed in statements of 10,000 rows, which PostgreSQL plans for longer than it inserts. #}
{% macro postgres__get_batch_size() %}{{ return(500) }}{% endmacro %}
