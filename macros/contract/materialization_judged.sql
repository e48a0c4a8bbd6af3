{#
    A staging model is two relations: `<model>`, a view of the accepted rows and the contract's columns, and
    `<model>__judged`, a table of rows with their verdicts.

    Of several acceptable rows with one key the newest is accepted and the others are superseded:
    `newest_first` of the model's config, else `updated_at`, then the row's content, so that the choice does
    not depend on the order of delivery (METRICS §0.3, CLARIFICATIONS D9).

    Which rows are stored depends on where they come from (docs/decisions/002):

    - A CSV file, a seed or a loader's table is typed once, and `<model>__judged` holds every row of it.
    - Parquet is as fast to read as a copy of it would be, so there is no copy: `<model>__judged` holds the rows
      that break a rule or were repaired and those of a key with several rows. The view types the file, leaves these
      rows out by their position in it, and takes the accepted ones among them from the table.
#}
{% materialization judged, default %}
    {%- set accepted = this.incorporate(type='view') -%}
    {%- set judged = judged_relation(this) -%}
    {%- set unranked = relation_beside(this, 'unranked') -%}
    {%- set unusual = relation_beside(this, 'unusual') -%}
    {%- set key = model.config.meta.raw.key -%}
    {%- set is_stored = end_of_typing() not in sql -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- dbt knows what is there, and a statement for what is not costs as much as one that does something. -#}
    {%- for relation in [accepted, judged, unranked, unusual] if load_cached_relation(relation) is not none -%}
        {%- do adapter.drop_relation(relation) -%}
    {%- endfor -%}

    {%- if not is_stored -%}
        {#- One look at their keys spares most files the exact look for repeated ones. -#}
        {% call statement('tell') -%}
            {{ create_table_as(False, unusual, positions_of_unusual_rows(sql, key)) }}
        {%- endcall -%}
        {%- set may_repeat_keys = has_rows('(select 1 from ' ~ unusual ~ ' where raw_position is null) as doubts') -%}
        {%- if may_repeat_keys -%}
            {% call statement('tell_keys') -%}
                insert into {{ unusual }}
                {{ positions_of_unusual_keys(sql, key) }}
            {%- endcall -%}
        {%- endif -%}
    {%- endif -%}

    {% call statement('main') -%}
        {{ create_table_as(False, unranked, sql if is_stored else rows_at(sql, unusual)) }}
    {%- endcall %}
    {%- do adapter.drop_relation(unusual) -%}

    {#- Most tables repeat no key, and only those that do are sorted. -#}
    {%- if (is_stored or may_repeat_keys) and has_rows(repeated_keys(unranked, key)) -%}
        {% call statement('supersede') -%}
            {{ create_table_as(False, judged, newest_of_each_key(unranked, key)) }}
        {%- endcall %}
        {%- do adapter.drop_relation(unranked) -%}
    {%- else -%}
        {%- do adapter.rename_relation(unranked, judged) -%}
    {%- endif -%}

    {% call statement('accept') -%}
        create view {{ accepted }} as
        {%- if is_stored %}
        {{ accepted_rows(judged) }}
        {%- else %}
        {{ typed_rows(sql) }}
        select
            {{ contract_columns('columns_kept') }}
        from columns_kept
        {%- if has_rows(judged) %}
        left join {{ judged }} as judged
            on columns_kept.raw_position = judged.raw_position
        where judged.raw_position is null
        union all
        {{ accepted_rows(judged) }}
        {%- endif %}
        {%- endif %}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [accepted, judged]}) }}
{% endmaterialization %}


{% macro contract_columns(relation) -%}
    {{ relation }}.{{ quoted_names(model.columns) | join(', ' ~ relation ~ '.') }}
{%- endmacro %}


{% macro accepted_rows(judged) -%}
    select
        {{ contract_columns('judged') }}
    from {{ judged }} as judged
    where judged.row_verdict = 'accepted'
{%- endmacro %}


{# The part of a staging model's query that types every row, as the CTE columns_kept. #}
{% macro typed_rows(judging) -%}
    {{ judging.split(end_of_typing()) | first }}
{%- endmacro %}


{# The rules of the key in a staging model's query, and the query without them. A key that may be empty has none. #}
{% macro key_rules(judging) -%}
    {{ judging.split(rules_of_first_key())[1] }}
{%- endmacro %}

{% macro judging_but_the_key(judging) -%}
    {%- set parts = judging.split(rules_of_first_key()) -%}
    {{ parts[0] ~ parts[2] }}
{%- endmacro %}


{#
    A row whose key breaks a rule or does not come after that of the row before it. Where there is none, in whatever
    order the rows are read, no key has two rows, and none has to be judged again: files that were written by their
    key are told apart from others here, at a quarter of what counting keys costs; a file in another order is known
    by its first rows.
#}
{% macro keys_in_doubt(judging, key) -%}
    (
        select 1
        from (
            select
                row_key,
                key_reason,
                lag(row_key) over () as previous_key
            from (
                {{ typed_rows(judging) }}
                select
                    {{ key_text(key, 'typed') }} as row_key,
                    case {{ key_rules(judging) }} when false then '' end as key_reason
                from typed
            ) as keys
        ) as in_order_read
        where row_key <= previous_key or key_reason is not null
    ) as keys_in_doubt
{%- endmacro %}


{#
    Where the rows stand that break a rule of another column than the key, or were repaired; and a null where a key is
    in doubt. Both looks are one statement: the engine has a thread for each of them.
#}
{% macro positions_of_unusual_rows(judging, key) -%}
    select raw_position
    from (
        {{ judging_but_the_key(judging) }}
    ) as judged_rows
    where row_reason is not null or row_repairs is not null
    union all
    select raw_position
    from (
        select cast(null as bigint) as raw_position from {{ keys_in_doubt(judging, key) }}
        limit 1
    ) as doubts
{%- endmacro %}


{#
    Where the rows stand whose key breaks a rule, or has several rows. Keys are counted by fingerprint, because a number
    takes a third of the memory; two keys that share one by chance are looked at like a repeated one, and both accepted.
#}
{% macro positions_of_unusual_keys(judging, key) -%}
    {%- set fingerprint = text_fingerprint(key_text(key, 'columns_kept')) -%}
    select raw_position
    from (
        {{ typed_rows(judging) }}
        select
            raw_position,
            case {{ key_rules(judging) }} when false then '' end as key_reason
        from typed
    ) as keys
    where key_reason is not null
    union all
    select raw_position
    from (
        {{ typed_rows(judging) }}
        select columns_kept.raw_position
        from columns_kept
        where {{ fingerprint }} in (
            select {{ fingerprint }} from columns_kept
            group by {{ fingerprint }}
            having count(*) > 1
        )
    ) as rows_of_repeated_keys
{%- endmacro %}


{#
    The query held to the rows at some positions; where there are none, nothing is read again. A few positions are
    written out, for then only the parts of the file that have them are read.
#}
{% macro rows_at(judging, positions) -%}
    {%- set known = positions ~ ' where raw_position is not null' -%}
    {%- set first = run_query('select raw_position from ' ~ known ~ ' limit 1001').columns[0].values() -%}
    {%- if first | length == 0 -%}
        {%- set chosen = 'false' -%}
    {%- elif first | length <= 1000 -%}
        {%- set chosen = 'raw_position in (' ~ first | join(', ') ~ ')' -%}
    {%- else -%}
        {%- set chosen = 'raw_position in (select raw_position from ' ~ known ~ ')' -%}
    {%- endif -%}
    {{ judging | replace(choice_of_rows(), 'where ' ~ chosen) }}
{%- endmacro %}


{% macro repeated_keys(rows, key) -%}
    (
        select 1 from {{ rows }}
        where row_verdict = 'accepted'
        group by {{ quoted_names(key) | join(', ') }}
        having count(*) > 1
    ) as repeated_keys
{%- endmacro %}


{% macro has_rows(relation) %}
    {{ return(run_query('select 1 from ' ~ relation ~ ' limit 1').rows | length > 0) }}
{% endmacro %}


{# The same rows, of which one of each key is still accepted. #}
{% macro newest_of_each_key(rows, key) -%}
    {%- set order = config.get('newest_first') or (
        ['updated_at desc nulls last'] if 'updated_at' in model.columns else []
    ) -%}
    {%- set content = [] -%}
    {%- for name in quoted_names(model.columns) -%}{%- do content.append(name ~ ' desc nulls last') -%}{%- endfor -%}
    with

    ranked as (

        select
            *,
            row_number() over (
                partition by row_verdict, {{ quoted_names(key) | join(', ') }}
                order by {{ (order + content + ['row_repairs nulls first']) | join(', ') }}
            ) as version_rank
        from {{ rows }}

    )

    select
        {%- for column in adapter.get_columns_in_relation(rows) if column.name != 'row_verdict' %}
        {{ adapter.quote(column.name) }},
        {%- endfor %}
        case
            when row_verdict = 'accepted' and version_rank > 1 then 'superseded' else row_verdict
        end as row_verdict
    from ranked
{%- endmacro %}


{% macro quoted_names(names) %}
    {% set quoted = [] %}
    {% for name in names %}{% do quoted.append(adapter.quote(name)) %}{% endfor %}
    {{ return(quoted) }}
{% endmacro %}


{# The relation that keeps the judged rows of a staging model, beside the view of its accepted ones. #}
{% macro judged_relation(staging) %}
    {{ return(relation_beside(staging, 'judged')) }}
{% endmacro %}


{% macro relation_beside(staging, purpose) %}
    {{ return(api.Relation.create(
        database=staging.database, schema=staging.schema, identifier=staging.identifier ~ '__' ~ purpose, type='table'
    )) }}
{% endmacro %}
