{#
    A staging model is two relations: `<model>`, a view of the accepted rows and the contract's columns, and
    `<model>__judged`, a table of rows with their verdicts.

    Of several acceptable rows with one key the newest is accepted and the others are superseded:
    `newest_first` of the model's config, else `updated_at`, then the row's content, so that the choice does
    not depend on the order of delivery (METRICS §0.3, CLARIFICATIONS D9).

    Which rows are stored depends on where they come from (docs/decisions/002):

    - A CSV file, a seed or a loader's table is typed once, and `<model>__judged` holds every row of it.
    - Parquet is as fast to read as a copy of it would be, so there is no copy: `<model>__judged` holds the rows
      of disputed keys only, those with a row that breaks a rule and those with several rows. The view types the
      file, leaves the disputed keys out and takes their accepted rows from the table.
#}
{% materialization judged, default %}
    {%- set accepted = this.incorporate(type='view') -%}
    {%- set judged = judged_relation(this) -%}
    {%- set unranked = relation_beside(this, 'unranked') -%}
    {%- set disputed = relation_beside(this, 'disputed') -%}
    {%- set key = model.config.meta.raw.key -%}
    {%- set is_stored = end_of_typing() not in sql -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- do adapter.drop_relation(accepted) -%}
    {%- do adapter.drop_relation(judged) -%}
    {%- do adapter.drop_relation(unranked) -%}
    {%- do adapter.drop_relation(disputed) -%}

    {%- if is_stored -%}
        {% call statement('main') -%}
            {{ create_table_as(False, unranked, sql) }}
        {%- endcall %}
    {%- else -%}
        {% call statement('dispute') -%}
            {{ create_table_as(False, disputed, disputed_keys(sql, key)) }}
        {%- endcall %}
        {%- set is_any_disputed = run_query('select 1 from ' ~ disputed ~ ' limit 1').rows | length > 0 -%}
        {% call statement('main') -%}
            {{ create_table_as(False, unranked, rows_of_keys(sql, key, disputed if is_any_disputed)) }}
        {%- endcall %}
        {%- do adapter.drop_relation(disputed) -%}
    {%- endif -%}

    {#- Most tables repeat no key, and only those that do are sorted. -#}
    {%- if run_query(repeated_key(unranked, key)).rows | length > 0 -%}
        {% call statement('supersede') -%}
            {{ create_table_as(False, judged, newest_of_each_key(unranked, key)) }}
        {%- endcall %}
        {%- do adapter.drop_relation(unranked) -%}
    {%- else -%}
        {%- do adapter.rename_relation(unranked, judged) -%}
    {%- endif -%}

    {% call statement('accept') -%}
        create view {{ accepted }} as
        {%- if not is_stored %}
        {{ sql.split(end_of_typing()) | first }}
        select
            {{ contract_columns() }}
        from columns_kept
        {%- if is_any_disputed %}
        where not exists (
            select 1 from {{ judged }} as judged
            where {{ key_text(key, 'judged') }} = {{ key_text(key, 'columns_kept') }}
        )
        union all
        {%- endif %}
        {%- endif %}
        {%- if is_stored or is_any_disputed %}
        select
            {{ contract_columns() }}
        from {{ judged }}
        where row_verdict = 'accepted'
        {%- endif %}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [accepted, judged]}) }}
{% endmaterialization %}


{% macro contract_columns() -%}
    {%- for name in model.columns -%}
    {{ adapter.quote(name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#
    Fingerprints of the keys with a row that breaks a rule, or with several rows: a number is counted faster than
    a text. Two keys that share one by chance are taken for disputed, and both are found acceptable.
#}
{% macro disputed_keys(judged_rows, key) -%}
    select {{ text_fingerprint(key_text(key)) }} as key_fingerprint
    from (
        {{ judged_rows }}
    ) as judged_rows
    group by {{ text_fingerprint(key_text(key)) }}
    having count(*) > 1 or count(row_reason) > 0
{%- endmacro %}


{# The judged rows of these keys, or none of them. #}
{% macro rows_of_keys(judged_rows, key, keys=none) -%}
    select *
    from (
        {{ judged_rows }}
    ) as judged_rows
    where
    {%- if keys %} {{ text_fingerprint(key_text(key)) }} in (select key_fingerprint from {{ keys }})
    {%- else %} false
    {%- endif %}
{%- endmacro %}


{% macro repeated_key(rows, key) -%}
    select 1 from {{ rows }}
    where row_verdict = 'accepted'
    group by {{ quoted_names(key) | join(', ') }}
    having count(*) > 1
    limit 1
{%- endmacro %}


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
                order by {{ (order + content) | join(', ') }}
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
