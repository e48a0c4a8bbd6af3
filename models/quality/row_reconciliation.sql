-- One row per raw table: what was delivered, counted at its source, against what became of it. A header row among the
-- data is no row (METRICS §13 rule 52).
{% for system, table in raw_tables() %}
{%- set staging = ref('stg_' ~ system ~ '__' ~ table) %}
{%- set raw = raw_source(system, table) %}
select
    cast('{{ system }}' as {{ dbt.type_string() }}) as system,
    cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
    cast(raw_table.raw_rows - judged.header_rows as bigint) as raw_rows,
    cast(accepted.accepted_rows as bigint) as accepted_rows,
    cast(rejected.rejected_rows as bigint) as rejected_rows,
    cast(judged.superseded_rows as bigint) as superseded_rows,
    {{ 'true' if raw.from_sql else 'false' }} as is_delivered
from (
    select count(*) as raw_rows from {{ raw.from_sql or '(select 1 as absent) as absent_table where false' }}
) as raw_table
cross join (select count(*) as accepted_rows from {{ staging }}) as accepted
cross join (
    select count(*) as rejected_rows from {{ ref('rejected_rows') }}
    where system = '{{ system }}' and table_name = '{{ table }}'
) as rejected
cross join (
    select
        count(*) filter (where row_verdict = 'superseded') as superseded_rows,
        count(*) filter (where row_verdict = 'header') as header_rows
    from {{ judged_relation(staging) }}
) as judged
{{ 'union all' if not loop.last }}
{% endfor %}
