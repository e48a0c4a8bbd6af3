{# What an engine needs to be told before a run, and nothing that changes a result. #}
{% macro engine_settings() %}
    {{- adapter.dispatch('engine_settings', 'cx_warehouse')() -}}
{% endmacro %}

{% macro default__engine_settings() %}{% endmacro %}

{#
    DuckDB takes as many threads as there are cores, unless CX_THREADS says otherwise (dbt itself then takes as many,
    too). Of little data one does all: dbt's own threads share the nodes, and the engine's would only wait for each
    other, which took a fifth of its CPU.
#}
{% macro duckdb__engine_settings() %}
    {%- set threads = env_var('CX_THREADS', '1' if raw_is_little() else '') -%}
    {%- if threads %}set threads to {{ threads | int }}{% endif -%}
{% endmacro %}

{# DuckDB hands 122,880 rows to a thread, and four megabytes are not much more of any table; seeds are less. #}
{% macro raw_is_little() %}
    {%- if not execute or var('raw') != 'files' -%}
        {{ return(var('raw') == 'seeds') }}
    {%- endif -%}
    {%- set files = "'" ~ var('raw_path') | replace("'", "''") ~ "/*/*'" -%}
    {%- set found = run_query('from glob(' ~ files ~ ')').rows -%}
    {%- set sizes = 'read_blob(' ~ files ~ ')' if found else '(select 0 as size)' -%}
    {{ return(run_query('select sum(size) from ' ~ sizes).rows[0][0] < 4000000) }}
{% endmacro %}


{# dbt loads a seed in statements of 10,000 rows, which PostgreSQL plans for longer than it inserts. #}
{% macro postgres__get_batch_size() %}{{ return(500) }}{% endmacro %}


{#
    As dbt-duckdb loads a seed, but by the dialect that seeds are written in: to find out what DuckDB takes it for was
    nine tenths of loading it.
#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {% set sql %}
        copy {{ this }} from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}'
        (format csv, header true, auto_detect false, delimiter ',', quote '"', escape '"')
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {{ return(sql) }}
{% endmacro %}
