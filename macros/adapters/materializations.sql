{#
    DuckDB makes a table or a view where the former one stood, in one transaction: if it fails, all is as it was.
    dbt-duckdb's own way makes the new relation under another name, renames both and drops the former one after the
    commit: four statements more for each of 200 relations, each with its events in dbt's log.
#}
{% materialization table, adapter='duckdb' %}
    {{ return(made_in_place(this.incorporate(type='table'))) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_in_place(this.incorporate(type='view'))) }}
{% endmaterialization %}


{% macro made_in_place(relation) %}
    {%- set former = load_cached_relation(relation) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- One statement, for dbt begins the transaction with it; `adapter.drop_relation` would stand outside. -#}
    {% call statement('main') -%}
        {%- if former is not none %}
        {{ get_drop_sql(former) }};
        {%- endif %}
        {{ create_table_as(False, relation, sql) if relation.is_table else get_create_view_as_sql(relation, sql) }}
    {%- endcall %}
    {%- do persist_docs(relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [relation]}) }}
{% endmacro %}
