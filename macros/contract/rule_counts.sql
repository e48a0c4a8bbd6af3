{#
    How many rows a rule of METRICS §13 was about and how many it met, with the key of one of them. `rows` is a
    CTE or relation; key and condition are SQL over it.
#}
{% macro rule_count(rule_id, action, table, rows, key, condition) -%}
    select
        cast('{{ rule_id }}' as {{ dbt.type_string() }}) as rule_id,
        cast('{{ action }}' as {{ dbt.type_string() }}) as action,
        cast('{{ table.split('.')[0] }}' as {{ dbt.type_string() }}) as system,
        cast('{{ table.split('.')[1] }}' as {{ dbt.type_string() }}) as table_name,
        cast(count(*) as bigint) as n_checked,
        cast(count(*) filter (where {{ condition }}) as bigint) as n_hit,
        min(cast({{ key }} as {{ dbt.type_string() }})) filter (where {{ condition }}) as example_key
    from {{ rows }}
{%- endmacro %}


{# Key and instant of the rows of a raw table as text, as they were delivered: (row_key, moment). #}
{% macro raw_moments(system, table, key, instant) -%}
    {%- set raw = raw_source(system, table) -%}
    {%- set text_type = dbt.type_string() -%}
    (
        {%- if raw.from_sql and key in raw.columns and instant in raw.columns %}
        select
            cast({{ quoted_name(raw.columns[key].name) }} as {{ text_type }}) as row_key,
            trim(cast({{ quoted_name(raw.columns[instant].name) }} as {{ text_type }})) as moment
        from {{ raw.from_sql }}
        {%- else %}
        select cast(null as {{ text_type }}) as row_key, cast(null as {{ text_type }}) as moment where false
        {%- endif %}
    )
{%- endmacro %}


{# Whether a text is a day without a time (rule 5). #}
{% macro is_day(text) -%}
    {{ matches(text, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$') }}
{%- endmacro %}


{# Whether a text had personal data in it: `free_text` left a mark in its place. #}
{% macro was_masked(text) -%}
    ({{ text }} like '%[e-mail]%' or {{ text }} like '%[number]%')
{%- endmacro %}


{# Whether the letters of a text were lost before it came here (rule 21). #}
{% macro lost_letters(text) -%}
    ({{ text }} like '%?????%')
{%- endmacro %}
