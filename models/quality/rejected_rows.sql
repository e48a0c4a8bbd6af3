-- One row per raw row that was refused, whole, with the first rule it broke (METRICS §13).
{% for system, table in raw_tables() %}
select
    cast('{{ system }}' as {{ dbt.type_string() }}) as system,
    cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
    cast(row_key as {{ dbt.type_string() }}) as row_key,
    cast(row_reason as {{ dbt.type_string() }}) as reason,
    cast(raw_row as {{ dbt.type_string() }}) as raw_row,
    {{ as_of() }} as rejected_at
from {{ judged_relation(ref('stg_' ~ system ~ '__' ~ table)) }}
where row_verdict = 'rejected'
{{ 'union all' if not loop.last }}
{% endfor %}
