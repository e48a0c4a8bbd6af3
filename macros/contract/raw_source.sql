{#
    Where one raw table is and which columns it has, in any of the three ways of the variable `raw`.

    Returns a dict: `from_sql` (what follows "from"; none when the table is absent), `columns` (lower-case
    name -> {name, type}), `place` (what a message calls it), `row_position` (SQL of a number of its own for each
    row, where the source has one that costs nothing), `has_faults` (it also has the columns of `fault_columns`).
#}
{% macro raw_source(system, table) %}
    {% set raw = var('raw') %}
    {% if raw == 'seeds' %}
        {{ return(raw_source_from_relation(ref(table), assume_columns=true)) }}
    {% elif raw == 'schema' %}
        {{ return(raw_source_from_relation(source('raw_' ~ system, table))) }}
    {% elif raw == 'files' %}
        {{ return(raw_source_from_file(system, table)) }}
    {% else %}
        {{ exceptions.raise_compiler_error(
            "The variable raw is '" ~ raw ~ "'; it must be seeds, files or schema."
        ) }}
    {% endif %}
{% endmacro %}


{% macro raw_source_from_relation(relation, assume_columns=false) %}
    {% if not execute %}
        {{ return({'from_sql': relation | string, 'columns': {}, 'place': relation | string}) }}
    {% endif %}
    {% set place = relation | string %}
    {# A unit test hands in a fixture, and `dbt compile` runs before the first seed: no columns to look up. #}
    {% set known = adapter.get_relation(relation.database, relation.schema, relation.identifier) %}
    {% set columns = {} %}
    {% if known is not none %}
        {% for column in adapter.get_columns_in_relation(known) %}
            {% do columns.update({column.name | trim | lower: {'name': column.name, 'type': column.data_type}}) %}
        {% endfor %}
    {% elif assume_columns %}
        {% for name in model.columns %}
            {% do columns.update({name: {'name': name, 'type': 'text'}}) %}
        {% endfor %}
    {% else %}
        {{ return({'from_sql': none, 'columns': {}, 'place': place}) }}
    {% endif %}
    {{ return({'from_sql': place, 'columns': columns, 'place': place}) }}
{% endmacro %}


{% macro raw_source_from_file(system, table) %}
    {% if not execute %}
        {{ return({'from_sql': none, 'columns': {}, 'place': table}) }}
    {% endif %}
    {% set stem = var('raw_path') ~ '/' ~ system ~ '/' ~ table %}
    {# What intake copied because it does not follow the contract stands in for the file (clean_copy.py). #}
    {% set clean_raw = env_var('CX_CLEAN_RAW', '') %}
    {% set copies = raw_files(clean_raw ~ '/' ~ system ~ '/' ~ table) if clean_raw else [] %}
    {% set files = copies or raw_files(stem) %}
    {% if files | length == 0 %}
        {{ return({'from_sql': none, 'columns': {}, 'place': stem}) }}
    {% elif files | length > 1 %}
        {{ exceptions.raise_compiler_error(
            'Raw table ' ~ system ~ '.' ~ table ~ ' is there more than once: ' ~ files | join(', ')
            ~ '. Keep one of them.'
        ) }}
    {% endif %}
    {% set from_sql = raw_file_scan(files[0]) %}
    {% set columns = {} %}
    {% for row in run_query('describe select * from ' ~ from_sql).rows %}
        {% if not (copies and row[0] in fault_columns()) %}
            {% do columns.update({row[0] | trim | lower: {'name': row[0], 'type': row[1]}}) %}
        {% endif %}
    {% endfor %}
    {% set source = {'from_sql': from_sql, 'columns': columns, 'place': files[0], 'has_faults': copies | length > 0} %}
    {% set position = raw_file_position(files[0]) %}
    {# A column of the file's own of either name would be taken for the position. #}
    {% if position and position not in columns and 'raw_position' not in columns %}
        {% do source.update({'row_position': position}) %}
    {% endif %}
    {{ return(source) }}
{% endmacro %}


{# What a clean copy says of a row that could not be read: what kept it from it, its line, its text. #}
{% macro fault_columns() %}
    {{ return(['cx__fault', 'cx__line', 'cx__text']) }}
{% endmacro %}


{# Before a run: at least one raw table is there, and each that is there has its required columns. #}
{% macro assert_raw_tables_found() %}
    {% if not execute or var('raw') == 'seeds' or not flags.WHICH in ['build', 'run'] %}
        {{ return('') }}
    {% endif %}
    {% if var('raw') == 'files' and target.type != 'duckdb' %}
        {{ exceptions.raise_compiler_error(
            'raw: files is read by DuckDB only; load the files into schemas raw_<system> and use raw: schema.'
        ) }}
    {% endif %}
    {% set found, looked_for = [], [] %}
    {% for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') %}
        {% if node.config.materialized == 'judged' %}
            {% set system, table = raw_name(node.name) %}
            {% set raw = raw_source(system, table) %}
            {% do looked_for.append(system ~ '.' ~ table) %}
            {% if raw.from_sql is not none %}
                {% do found.append(table) %}
                {% do assert_required_columns(node, raw) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% if found | length == 0 %}
        {{ exceptions.raise_compiler_error(
            'No raw table was found' ~ (' under ' ~ var('raw_path') if var('raw') == 'files' else '')
            ~ '. Looked for ' ~ looked_for | sort | join(', ') ~ '.'
        ) }}
    {% endif %}
{% endmacro %}


{% macro assert_required_columns(node, raw) %}
    {% for column in node.columns.values() %}
        {% set rule = column_rule(column) %}
        {% set must_exist = rule.must_exist or (rule.required and rule.default is not defined) %}
        {% if must_exist and column.name not in raw.columns %}
            {{ exceptions.raise_compiler_error(
                raw.place ~ ' has no column ' ~ column.name ~ ', which is required. Found: '
                ~ raw.columns.keys() | join(', ') ~ '.'
            ) }}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# ('crm', 'customers') of 'stg_crm__customers'. #}
{% macro raw_name(model_name) %}
    {% set system, table = model_name[4:].split('__') %}
    {{ return((system, table)) }}
{% endmacro %}


{# What `config.meta.raw` of a column says; empty when it says nothing. #}
{% macro column_rule(column) %}
    {{ return(((column.config or {}).meta or column.meta or {}).get('raw', {})) }}
{% endmacro %}
