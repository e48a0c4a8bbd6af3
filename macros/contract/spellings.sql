{#
    Rule 22: spellings of a category that differ in case or spaces only are one value, the commonest of them; of two
    that are as common, the one in small letters. Which they are is looked up while the query is made: a table that
    spells each value one way has nothing of it in its query, and pays one count of its categories.

    Columns of staging's YAML marked `category: true` are folded, and a column marked `category_of: x` by the category
    that column x names. `spelled_with` names the other tables of the system that stand in one breakdown with these.

    Gives {column: [{category, spelling, common}]}; `category` only where another column names it.
#}
{% macro folded_spellings(system, declared, raw, spelled_with) %}
    {% set sources = [(raw, declared)] %}
    {% for table in spelled_with %}
        {% set node = staging_node(system, table) %}
        {% do sources.append((raw_source(system, table), node.columns if node else {})) %}
    {% endfor %}
    {% set found = {} %}
    {% if not execute %}{{ return(found) }}{% endif %}
    {% set counts = [] %}
    {% for source, columns in sources %}
        {% do counts.extend(category_counts(source, columns)) %}
    {% endfor %}
    {% if not counts %}{{ return(found) }}{% endif %}
    {% set groups = {} %}
    {% for category, key, spelling, frequency in run_query(spellings_of_categories(counts)).rows %}
        {% do groups.setdefault((category, key), []).append((0 - frequency, spelling != key, spelling)) %}
    {% endfor %}
    {% for (category, key), spellings in groups.items() %}
        {% set common = (spellings | min)[2] %}
        {% for _, _, spelling in spellings if spelling != common %}
            {% for name, column in declared.items() %}
                {% set rule = column_rule(column) %}
                {% if name in raw.columns and ((rule.category and name == category) or rule.category_of) %}
                    {% do found.setdefault(name, []).append(
                        {'category': category if rule.category_of, 'spelling': spelling, 'common': common}
                    ) %}
                {% endif %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{# Queries that count the values of a raw table's categories as delivered: (category, delivered, frequency). #}
{% macro category_counts(raw, columns) %}
    {% set queries, plain = [], {} %}
    {% for name, column in columns.items() if name in raw.columns and is_text_type(raw.columns[name].type) %}
        {% set rule, delivered = column_rule(column), quoted_name(raw.columns[name].name) %}
        {% if rule.category %}
            {% do plain.update({name: delivered}) %}
        {% elif rule.category_of and rule.category_of in raw.columns %}
            {% set category = 'lower(' ~ bare(quoted_name(raw.columns[rule.category_of].name)) ~ ')' %}
            {% do queries.append(
                'select ' ~ category ~ ' as category, ' ~ delivered ~ ' as delivered, count(*) as frequency from '
                ~ raw.from_sql ~ ' group by 1, 2'
            ) %}
        {% endif %}
    {% endfor %}
    {% if plain %}
        {% set category, delivered = [], [] %}
        {% for name, sql in plain.items() %}
            {% do category.append('when grouping(' ~ sql ~ ") = 0 then '" ~ name ~ "'") %}
            {% do delivered.append('when grouping(' ~ sql ~ ') = 0 then ' ~ sql) %}
        {% endfor %}
        {% do queries.append(
            'select case ' ~ category | join(' ') ~ ' end as category, case ' ~ delivered | join(' ')
            ~ ' end as delivered, count(*) as frequency from ' ~ raw.from_sql
            ~ ' group by grouping sets ((' ~ plain.values() | join('), (') ~ '))'
        ) %}
    {% endif %}
    {{ return(queries) }}
{% endmacro %}


{# Of the values that are spelled in several ways, each spelling: no more than can stand in a query, nor longer. #}
{% macro spellings_of_categories(counts) -%}
    with

    counted as (

        {{ counts | join(' union all ') }}

    ),

    visible as (

        select
            *,
            {{ visible_text('delivered') }} as visible
        from counted
        where length(delivered) <= 200 and position('/*' in delivered) = 0

    ),

    composed as (

        select
            *,
            {{ composed('visible') }} as composed
        from visible

    ),

    seen as (

        select
            category,
            {{ seen_text('delivered', 'visible', 'composed') }} as spelling,
            cast(sum(frequency) as bigint) as frequency
        from composed
        group by 1, 2

    ),

    keyed as (

        select
            *,
            regexp_replace(lower(spelling), ' +', ' ', 'g') as spelling_key
        from seen
        where spelling is not null

    ),

    varied as (

        select
            *,
            count(*) over (partition by category, spelling_key) as spellings
        from keyed

    )

    select category, spelling_key, spelling, frequency from varied
    where spellings > 1
    order by frequency desc, category, spelling
    limit 2000
{%- endmacro %}


{# A value of a category in its common spelling; `named_by` is SQL of the category where another column names it. #}
{% macro one_spelling(value, folds, named_by) -%}
    {%- if folds -%}
    case {{ (named_by ~ ' || chr(31) || ' if folds[0].category else '') ~ value }}
        {%- for fold in folds %}
        when {{ text_literal((fold.category ~ '\x1f' if fold.category else '') ~ fold.spelling) }}
            then {{ text_literal(fold.common) }}
        {%- endfor %}
        else {{ value }}
    end
    {%- else -%}
    {{ value }}
    {%- endif -%}
{%- endmacro %}


{% macro text_literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}
