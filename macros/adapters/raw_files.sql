{# Files are read where the engine can: DuckDB. #}

{% macro raw_files(stem) %}
    {{ return(adapter.dispatch('raw_files', 'cx_warehouse')(stem)) }}
{% endmacro %}

{% macro default__raw_files(stem) %}
    {{ return([]) }}
{% endmacro %}

{% macro duckdb__raw_files(stem) %}
    {% set files = {} %}
    {% for file in run_query("select file from glob('" ~ stem | replace("'", "''") ~ ".*')").columns[0].values() %}
        {% do files.update({file.replace('\\', '/').split('/') | last: file}) %}
    {% endfor %}
    {% set name, found = stem.split('/') | last, [] %}
    {% for ending in raw_endings() if name ~ ending in files %}
        {% do found.append(files[name ~ ending]) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{# How the name of a raw file ends. #}
{% macro raw_endings() %}
    {{ return(['.parquet', '.csv', '.csv.gz']) }}
{% endmacro %}


{# A CSV file is text throughout; its dialect is the contract's and is never sniffed. #}
{% macro raw_file_scan(path) %}
    {% set quoted = "'" ~ path | replace("'", "''") ~ "'" %}
    {% if path.endswith('.parquet') %}
        {{ return('read_parquet(' ~ quoted ~ ')') }}
    {% endif %}
    {{ return(
        'read_csv(' ~ quoted ~ ", header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', "
        ~ "null_padding = true, parallel = false, max_line_size = 16777216)"
    ) }}
{% endmacro %}


{# What intake did to whole files before dbt read them (cx_warehouse/clean_copy.py), as a relation. #}
{% macro intake_repairs() %}
    {{- adapter.dispatch('intake_repairs', 'cx_warehouse')() -}}
{% endmacro %}

{% macro default__intake_repairs() -%}
    (
        select
            {% for name in ['system', 'table_name', 'rule_id', 'column_name', 'before_value', 'after_value'] -%}
            cast(null as {{ dbt.type_string() }}) as {{ name }},
            {% endfor -%}
            cast(null as bigint) as file_line
        where false
    )
{%- endmacro %}

{% macro duckdb__intake_repairs() -%}
    {%- set clean_raw = env_var('CX_CLEAN_RAW', '') -%}
    {%- if execute and var('raw') == 'files' and clean_raw and raw_files(clean_raw ~ '/repairs') -%}
    (
        select * replace (cast(file_line as bigint) as file_line)
        from {{ raw_file_scan(clean_raw ~ '/repairs.csv') }}
    )
    {%- else -%}
    {{ default__intake_repairs() }}
    {%- endif -%}
{%- endmacro %}


{# What numbers the rows of a file, where it is stored by columns: they can be told apart without being read. #}
{% macro raw_file_position(path) %}
    {{ return('file_row_number' if path.endswith('.parquet') else none) }}
{% endmacro %}
