-- One row per raw row that was refused, whole, with the first rule it broke (METRICS §13).
with

refused as (

    {% for system, table in raw_tables() %}
    select
        cast('{{ system }}' as {{ dbt.type_string() }}) as system,
        cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
        cast(row_key as {{ dbt.type_string() }}) as row_key,
        cast(row_reason as {{ dbt.type_string() }}) as reason,
        cast(raw_row as {{ dbt.type_string() }}) as raw_row
    from {{ judged_relation(ref('stg_' ~ system ~ '__' ~ table)) }}
    where row_verdict = 'rejected'
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    system,
    table_name,
    row_key,
    reason,
    raw_row,
    row_number() over (
        partition by system, table_name, row_key, reason, raw_row
        order by system
    ) as copy_number,
    {{ as_of() }} as rejected_at
from refused
