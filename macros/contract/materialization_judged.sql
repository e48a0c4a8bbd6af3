{#
    A staging model is two relations: `<model>__judged`, a table of every raw row with its verdict, and
    `<model>`, a view of the accepted rows and the contract's columns.

    Of several acceptable rows with one key the newest is accepted and the others are superseded:
    `newest_first` of the model's config, else `updated_at`, then the row's content, so that the choice does
    not depend on the order of delivery (METRICS §0.3, CLARIFICATIONS D9). Most tables repeat no key; the
    sort over the whole table is paid only by those that do.
#}
{% materialization judged, default %}
    {%- set accepted = this.incorporate(type='view') -%}
    {%- set judged = judged_relation(this) -%}
    {%- set unranked = api.Relation.create(
        database=this.database, schema=this.schema, identifier=this.identifier ~ '__unranked', type='table'
    ) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- do adapter.drop_relation(accepted) -%}
    {%- do adapter.drop_relation(judged) -%}
    {%- do adapter.drop_relation(unranked) -%}

    {% call statement('main') -%}
        {{ create_table_as(False, judged, sql) }}
    {%- endcall %}

    {%- set keys = [] -%}
    {%- for name in model.config.meta.raw.key -%}{%- do keys.append(adapter.quote(name)) -%}{%- endfor -%}
    {%- set repeated %}
        select 1 from {{ judged }} where row_verdict = 'accepted' group by {{ keys | join(', ') }}
        having count(*) > 1 limit 1
    {%- endset -%}
    {%- if run_query(repeated).rows | length > 0 -%}
        {%- set order = config.get('newest_first') or (
            ['updated_at desc nulls last'] if 'updated_at' in model.columns else []
        ) -%}
        {%- set content = [] -%}
        {%- for name in model.columns -%}
            {%- do content.append(adapter.quote(name) ~ ' desc nulls last') -%}
        {%- endfor -%}
        {%- do adapter.rename_relation(judged, unranked) -%}
        {%- set ranked %}
            with

            ranked as (

                select
                    *,
                    row_number() over (
                        partition by row_verdict, {{ keys | join(', ') }}
                        order by {{ (order + content) | join(', ') }}
                    ) as version_rank
                from {{ unranked }}

            )

            select
                {%- for column in adapter.get_columns_in_relation(unranked) if column.name != 'row_verdict' %}
                {{ adapter.quote(column.name) }},
                {%- endfor %}
                case
                    when row_verdict = 'accepted' and version_rank > 1 then 'superseded' else row_verdict
                end as row_verdict
            from ranked
        {%- endset -%}
        {% call statement('supersede') -%}
            {{ create_table_as(False, judged, ranked) }}
        {%- endcall %}
        {%- do adapter.drop_relation(unranked) -%}
    {%- endif -%}

    {% call statement('accept') -%}
        create view {{ accepted }} as
        select
            {%- for name in model.columns %}
            {{ adapter.quote(name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ judged }}
        where row_verdict = 'accepted'
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [accepted, judged]}) }}
{% endmaterialization %}
