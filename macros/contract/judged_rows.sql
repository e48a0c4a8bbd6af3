{#
    Every row of one raw table, typed and judged: `row_reason` is null where the row is acceptable, else the
    first rule it breaks. The model's YAML declares columns, types, required, values and key; what a table
    needs beyond that comes as arguments, written in the model's file:

    parents   [{relation, key}]   rows whose key is not among the accepted rows of relation are rejected
    lookups   [{relation, as, on, equals, also}] other tables (or queries over `typed`) a rule or column reads,
              joined by a column of both; equals: what that column equals, where it is another, SQL; also: more of
              the condition, SQL
    steps     {name: sql}         what columns and rules read more than once, over `typed`, made columns of it
    columns   {name: sql}         columns added or replaced, over `typed` and the lookups
    reasons   [(reason, sql)]     more reasons to reject, over `typed` and the lookups
    repairs   [{rule, column, condition, before, after}] what `columns` repairs, SQL over `typed` and the lookups
    spelled_with [table]          tables of the system whose categories are spelled as this one's (spellings.sql)

    A header row among the data is set aside before anything is judged: it is no row (METRICS §13 rule 52).

    The materialization `judged` decides between rows of one key and splits accepted from the rest. Where the
    rows of the source have a position, the query holds marks for it: up to `end_of_typing` it types the rows, and
    what follows judges them; at `choice_of_rows` it may be held to some of them; what stands between two
    `rules_of_first_key` may be asked elsewhere.
#}
{% macro judged_rows(parents=[], lookups=[], steps={}, columns={}, reasons=[], repairs=[], spelled_with=[]) %}
{%- set system, table = raw_name(model.name) -%}
{%- set raw = raw_source(system, table) -%}
{%- set spellings = folded_spellings(system, model.columns, raw, spelled_with) -%}
{%- if not execute -%}
select 1 as known_when_executed
{%- else -%}
{%- set declared = model.columns -%}
{%- set key = model.config.meta.raw.key -%}
{%- set readings = {} -%}
{%- for name, column in declared.items() -%}
{%- do readings.update({name: reading_of(name, column, raw, name in columns, spellings.get(name))}) -%}
{%- endfor -%}
{%- set is_read_again = raw.row_position is defined and not columns_need_a_join(columns, lookups) -%}
{#- A look-up into the other rows reads two or three columns of a file faster than a copy of all of them. -#}
{%- set reading_anew = ' not materialized' if is_read_again and lookups else '' -%}
with

raw_rows as{{ reading_anew }} (

    select
        {%- for name, column in raw.columns.items() %}
        {{ quoted_name(column.name) }} as {{ raw_name_of(name, loop.index) }},
        {%- endfor %}
        {%- for name in fault_columns() if raw.has_faults %}
        {{ name }},
        {%- endfor %}
        {{ raw.row_position or 'cast(null as bigint)' }} as raw_position
    from {{ raw.from_sql or '(select 1 as absent) as absent_table where false' }}
    {%- if is_read_again and not lookups %}
    {{ choice_of_rows() }}
    {%- endif %}

),

{%- for step in range(steps_of(readings)) %}

{{ rows_after_step(step + 1) }} as{{ reading_anew }} (

    select
        *
        {%- for name, reading in readings.items() if reading.steps | length > step %}
        {%- for made, expression in reading.steps[step].items() %},
        {{ expression }} as {{ column_beside(made, name) }}
        {%- endfor %}
        {%- endfor %}
    from {{ rows_after_step(step) }}

),
{%- endfor %}

{{ 'values_read' if steps else 'typed' }} as{{ reading_anew }} (

    select
        *
        {%- for name, reading in readings.items() %},
        {{ reading.value }} as {{ adapter.quote(name) }}
        {%- endfor %}
    from {{ rows_after_step(steps_of(readings)) }}

)

{%- if steps %},

typed as{{ reading_anew }} (

    select
        *
        {%- for name, expression in steps.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from values_read as typed

)
{%- endif %}

{%- if is_read_again %},

columns_kept as (

    select
        {%- for name in declared %}
        {{ columns[name] if name in columns else 'typed.' ~ adapter.quote(name) }} as {{ adapter.quote(name) }},
        {%- endfor %}
        typed.raw_position
    from typed

)

{{ end_of_typing() }}
{%- endif %}
,

judged as (

    select
        {%- for name in declared %}
        {{ columns[name] if name in columns else 'typed.' ~ adapter.quote(name) }} as {{ adapter.quote(name) }},
        {%- endfor %}
        {%- for name in columns if name not in declared %}
        {{ columns[name] }} as {{ adapter.quote(name) }},
        {%- endfor %}
        {%- for name in raw.columns %}
        typed.{{ raw_name_of(name, loop.index) }},
        {%- endfor %}
        {%- for name in fault_columns() if raw.has_faults %}
        typed.{{ name }},
        {%- endfor %}
        {{ repair_entries(raw, readings, repairs) }} as row_repairs,
        typed.raw_position,
        case
            {%- if raw.has_faults %}
            when typed.cx__fault is not null then typed.cx__fault
            {%- endif %}
            {{ rules_of_first_key() }}
            {%- if is_text_type(raw.columns[key[0]].type if key[0] in raw.columns else '') %}
            when {{ is_header_row(raw, key) }} then '{{ header_reason() }}'
            {%- endif %}
            {{- rules_of_column(key[0], readings[key[0]]) }}
            {{ rules_of_first_key() }}
            {%- for name in declared if name != key[0] %}
            {{- rules_of_column(name, readings[name]) }}
            {%- endfor %}
            {%- for parent in parents %}
            when parent_{{ loop.index }}.{{ adapter.quote(parent.key) }} is null then 'no parent: {{ parent.key }}'
            {%- endfor %}
            {%- for reason, condition in reasons %}
            when {{ condition }} then '{{ reason }}'
            {%- endfor %}
            when false then ''
        end as row_reason
    {%- if is_read_again and lookups %}
    -- The lookups may compare a row with all the others.
    from (select * from typed {{ choice_of_rows() }}) as typed
    {%- else %}
    from typed
    {%- endif %}
    {%- for parent in parents %}
    left join {{ parent.relation }} as parent_{{ loop.index }}
        on typed.{{ adapter.quote(parent.key) }} = parent_{{ loop.index }}.{{ adapter.quote(parent.key) }}
    {%- endfor %}
    {%- for lookup in lookups %}
    left join {{ lookup.relation }} as {{ lookup.as }}
        on {{ lookup.equals or 'typed.' ~ adapter.quote(lookup.on) }} = {{ lookup.as }}.{{ adapter.quote(lookup.on) }}
        {%- if lookup.also %}
        and {{ lookup.also }}
        {%- endif %}
    {%- endfor %}

)

select
    {%- for name in declared %}
    {{ adapter.quote(name) }},
    {%- endfor %}
    {%- for name in columns if name not in declared %}
    {{ adapter.quote(name) }},
    {%- endfor %}
    {%- if is_read_again %}
    raw_position,
    {%- endif %}
    case
        when row_reason is null then 'accepted'
        when row_reason = '{{ header_reason() }}' then 'header'
        else 'rejected'
    end as row_verdict,
    row_reason,
    case
        when row_reason is not null or row_repairs is not null then {{ key_text(key, 'judged') }}
    end as row_key,
    case when row_reason is null then row_repairs end as row_repairs,
    case
        {%- if raw.has_faults %}
        when cx__fault is not null then {{ json_row(['line', 'text'], ['cx__line', 'cx__text']) }}
        {%- endif %}
        when row_reason is not null then
            {%- if raw.columns %}
            {%- set names, texts = [], [] %}
            {%- for name, column in raw.columns.items() %}
            {%- do names.append(column.name) %}
            {%- do texts.append(raw_text(raw_name_of(name, loop.index), column.type)) %}
            {%- endfor %}
            {{ json_row(names, texts) }}
            {%- else %} null{% endif %}
    end as raw_row
from judged
{%- endif -%}
{% endmacro %}


{# What a column must be, each rule with the reason that its breach is. #}
{% macro rules_of_column(name, reading) %}
            {%- set column = model.columns[name] %}
            {%- set rule = column_rule(column) %}
            {%- set value = 'typed.' ~ adapter.quote(name) %}
            {%- if reading.is_untyped %}
            when {{ reading.is_untyped }} then 'not a {{ column.data_type }}: {{ name }}'
            {%- endif %}
            {%- if rule.required %}
            when {{ value }} is null then 'missing: {{ name }}'
            {%- endif %}
            {%- if rule.domain is defined %}
            when not {{ is_among(value, rule.domain) }}
                then 'outside its domain: {{ name }}'
            {%- endif %}
            {%- if rule.happened %}
            when {{ value }} < timestamp '2000-01-01' then 'before 2000: {{ name }}'
            {%- if var('as_of') is not none %}
            when {{ value }} > {{ dbt.dateadd('day', 1, as_of_literal()) }} then 'in the future: {{ name }}'
            {%- endif %}
            {%- endif %}
{%- endmacro %}


{# What a raw column is called inside the query: its own name may be too long, or hostile. #}
{% macro raw_name_of(name, position) -%}
    {%- if name in model.columns -%}{{ adapter.quote('raw__' ~ name) }}{%- else -%}"raw__{{ position }}"{%- endif -%}
{%- endmacro %}


{# The rows after some steps of reading: the raw ones after none. #}
{% macro rows_after_step(step) -%}{{ 'read_' ~ step if step else 'raw_rows' }}{%- endmacro %}


{# An identifier as somebody else wrote it. #}
{% macro quoted_name(name) -%}
    "{{ name | replace('"', '""') }}"
{%- endmacro %}


{# The key of a row of `relation` as one text: its parts joined by a bar, an empty part where there is none. #}
{% macro key_text(key, relation) -%}
    {%- set parts = [] -%}
    {%- for name in key -%}
    {%- do parts.append(
        "coalesce(cast(" ~ relation ~ '.' ~ adapter.quote(name) ~ " as " ~ dbt.type_string() ~ "), '')"
    ) -%}
    {%- endfor -%}
    {{ parts | join(" || '|' || ") }}
{%- endmacro %}


{# Marks in the query of a staging model for its materialization; to the engine they are comments. #}
{% macro end_of_typing() -%}/* end of typing */{%- endmacro %}
{% macro choice_of_rows() -%}/* choice of rows */{%- endmacro %}
{% macro rules_of_first_key() -%}/* rules of the key */{%- endmacro %}


{#
    Whether a row of `typed` is no row but a header among the data (METRICS §13 rule 52): one that names the key's
    columns once more, or the last of Qualtrics' three. Intake has left them out of files it has copied.
#}
{% macro is_header_row(raw, key) -%}
    {%- set first = 'typed.' ~ adapter.quote('raw__' ~ key[0]) -%}
    {%- set names = [] -%}
    {%- for name in key if name in raw.columns -%}
        {%- set text = raw_text('typed.' ~ adapter.quote('raw__' ~ name), raw.columns[name].type) -%}
        {%- do names.append(
            "case when position('" ~ name ~ "' in lower(" ~ text ~ ")) > 0 then lower(" ~ bare(text) ~ ") = '" ~ name
            ~ "' else false end"
        ) -%}
    {%- endfor -%}
    {#- Names of keys have an underscore and most keys have none: that is seen before a letter is made small. -#}
    {%- set mark = '_' if '_' in key[0] else '' -%}
    (
        {{ first }} like 'ImportId%' or {{ first }} like '{"ImportId"%'
        or case when position('{{ mark }}' in {{ first }}) > 0 then {{ names | join(' and ') }} else false end
    )
{%- endmacro %}

{# The reason of a header row, which is neither accepted nor rejected: it was never a row. #}
{% macro header_reason() -%}header row{%- endmacro %}


{# Whether a column is made from a parent or a lookup: then the rows cannot be typed without a join. #}
{% macro columns_need_a_join(columns, lookups) %}
    {% set aliases = ['parent_'] %}
    {% for lookup in lookups %}{% do aliases.append(lookup.as ~ '.') %}{% endfor %}
    {% for expression in columns.values() %}
        {% for alias in aliases if alias in expression %}{{ return(true) }}{% endfor %}
    {% endfor %}
    {{ return(false) }}
{% endmacro %}
