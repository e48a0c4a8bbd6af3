{#
    How many rows a rule of METRICS §13 was about and how many it met, with the first keys of them. `rows` is a
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
        {{ first_texts('cast(' ~ key ~ ' as ' ~ dbt.type_string() ~ ')', condition) }} as example_keys
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
            {{ bare('cast(' ~ quoted_name(raw.columns[instant].name) ~ ' as ' ~ text_type ~ ')') }} as moment
        from {{ raw.from_sql }}
        {%- else %}
        select cast(null as {{ text_type }}) as row_key, cast(null as {{ text_type }}) as moment where false
        {%- endif %}
    )
{%- endmacro %}


{#
    Key of the rows of a raw table and whether their instant names no zone (rule 6): (row_key, is_naive). Of several
    instants the first that was delivered is looked at, for an export writes all of them alike.
#}
{% macro raw_zones(system, table) -%}
    {%- set raw, node = raw_source(system, table), staging_node(system, table) -%}
    {%- set text_type = dbt.type_string() -%}
    {%- set instants = [] -%}
    {%- for name, column in (node.columns.items() if node else []) if column.data_type == 'timestamp' -%}
        {%- if name in raw.columns -%}{%- do instants.append(raw.columns[name]) -%}{%- endif -%}
    {%- endfor -%}
    {%- set key = node.config.meta.raw.key[0] if node else '' -%}
    (
        {%- if raw.from_sql and instants and key in raw.columns %}
        {%- set instant, kind = quoted_name(instants[0].name), instants[0].type | lower %}
        select
            cast({{ quoted_name(raw.columns[key].name) }} as {{ text_type }}) as row_key,
            {%- if is_text_type(kind) %}
            {{ matches(bare(instant), '^' ~ day_pattern()) }} and not {{ has_offset(bare(instant)) }} as is_naive
            {%- else %}
            {{ 'true' if kind.startswith('timestamp') and kind not in ['timestamp with time zone', 'timestamptz']
                or kind == 'date' else 'false' }} as is_naive
            {%- endif %}
        from {{ raw.from_sql }}
        where {{ instant }} is not null
        {%- else %}
        select cast(null as {{ text_type }}) as row_key, false as is_naive where false
        {%- endif %}
    )
{%- endmacro %}


{#
    One row where a table has rows enough to tell (ten on a middling day): the last full day before as_of, and
    whether its rows are fewer than 30 % or more than 300 % of the median of the 28 days before it (rule 43).
#}
{% macro last_day_of(rows, instant) -%}
    (
        select
            max(case when days.n = 0 then days.rows_of_day end) as last_rows,
            percentile_cont(0.5) within group (
                order by case when days.n > 0 then cast(days.rows_of_day as double precision) end
            ) as usual_rows,
            max(case when days.n = 0 then days.day end) as day
        from (
            select
                numbers.n,
                {{ date_plus('clock.as_of_date', '(-1 - cast(numbers.n as integer))') }} as day,
                count(happened.day) as rows_of_day
            from {{ whole_numbers(2) }} as numbers
            cross join {{ ref('int_build_clock') }} as clock
            left join (
                select {{ reporting_date(instant) }} as day
                from {{ rows }}
                where {{ instant }} > {{ dbt.dateadd('day', -32, as_of()) }}
            ) as happened
                on happened.day = {{ date_plus('clock.as_of_date', '(-1 - cast(numbers.n as integer))') }}
            where numbers.n <= 28
            group by numbers.n, clock.as_of_date
        ) as days
        having
            percentile_cont(0.5) within group (
                order by case when days.n > 0 then cast(days.rows_of_day as double precision) end
            ) >= 10
    )
{%- endmacro %}


{#
    Of each category in some columns: its spellings that differ in case or spaces only (rule 22), and what a count
    names it by.
#}
{% macro spellings_of(rows, columns) -%}
    {%- for column in columns %}
    select
        '{{ column }}: ' || min({{ column }}) as example,
        count(distinct {{ column }}) as spellings
    from {{ rows }}
    where {{ column }} is not null
    group by lower(replace({{ column }}, ' ', ''))
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#
    Whether a row was changed more than late_arrival_days after the month it belongs to had ended (rule 42): its
    updated_at is all that says so.
#}
{% macro is_late(instant) -%}
    {%- set month = 'cast(' ~ dbt.date_trunc('month', reporting_date(instant)) ~ ' as date)' -%}
    updated_at > {{ dbt.dateadd(
        'day', var('late_arrival_days'), start_of_reporting_date(period_end("'month'", month))
    ) }}
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
