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

{# DuckDB hands 122,880 rows to a thread, which as Parquet are a megabyte of events; seeds are less. #}
{% macro raw_is_little() %}
    {%- if not execute or var('raw') != 'files' -%}
        {{ return(var('raw') == 'seeds') }}
    {%- endif -%}
    {#- What else lies in the folders is nobody's business here: it may not even be ours to open. -#}
    {%- set stems, files = [], [] -%}
    {%- for system, table in raw_tables() -%}{%- do stems.append(system ~ '/' ~ table) -%}{%- endfor -%}
    {%- set there = "select file from glob('" ~ var('raw_path') | replace("'", "''") ~ "/*/*')" -%}
    {%- for file in run_query(there).columns[0].values() -%}
        {%- set name = file.replace('\\', '/').split('/')[-2:] | join('/') -%}
        {%- for ending in raw_endings() if name.endswith(ending) and name[:-(ending | length)] in stems -%}
            {%- do files.append("'" ~ file | replace("'", "''") ~ "'") -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set sizes = 'read_blob([' ~ files | join(', ') ~ '])' if files else '(select 0 as size)' -%}
    {{ return(run_query('select sum(size) from ' ~ sizes).rows[0][0] < 1000000) }}
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
        (
            format csv, header true, auto_detect false, delimiter '{{ config.get('delimiter', ',') }}',
            quote '"', escape '"'
        )
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {{ return(sql) }}
{% endmacro %}
