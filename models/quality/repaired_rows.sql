-- One row per repair of an accepted raw row, per header row left out, or of a whole file on its way in: what stood
-- there, what is read, and the rule of METRICS §13 that says so. Values of personal columns and of texts people wrote
-- are left out.
with

accepted as (

    {% for system, table in raw_tables() %}
    select
        cast('{{ system }}' as {{ dbt.type_string() }}) as system,
        cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
        cast(row_key as {{ dbt.type_string() }}) as row_key,
        cast(row_repairs as {{ dbt.type_string() }}) as row_repairs
    from {{ judged_relation(ref('stg_' ~ system ~ '__' ~ table)) }}
    where row_verdict = 'accepted' and row_repairs is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

entries as (

    select
        accepted.system,
        accepted.table_name,
        accepted.row_key,
        split_part(accepted.row_repairs, chr(30), cast(numbers.n + 1 as integer)) as entry
    from accepted
    cross join {{ whole_numbers(2) }} as numbers
    where split_part(accepted.row_repairs, chr(30), cast(numbers.n + 1 as integer)) <> ''

),

header_rows as (

    {% for system, table in raw_tables() %}
    select
        cast('{{ system }}' as {{ dbt.type_string() }}) as system,
        cast('{{ table }}' as {{ dbt.type_string() }}) as table_name,
        cast(row_key as {{ dbt.type_string() }}) as row_key
    from {{ judged_relation(ref('stg_' ~ system ~ '__' ~ table)) }}
    where row_verdict = 'header'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

repairs as (

    select
        system,
        table_name,
        row_key,
        cast(null as bigint) as file_line,
        split_part(entry, chr(31), 1) as rule_id,
        split_part(entry, chr(31), 2) as column_name,
        nullif(split_part(entry, chr(31), 3), '') as before_value,
        nullif(split_part(entry, chr(31), 4), '') as after_value
    from entries

    union all

    select
        system,
        table_name,
        row_key,
        cast(null as bigint) as file_line,
        cast('52' as {{ dbt.type_string() }}) as rule_id,
        cast(null as {{ dbt.type_string() }}) as column_name,
        cast(null as {{ dbt.type_string() }}) as before_value,
        cast(null as {{ dbt.type_string() }}) as after_value
    from header_rows

    union all

    select
        system,
        table_name,
        cast(null as {{ dbt.type_string() }}) as row_key,
        file_line,
        rule_id,
        column_name,
        before_value,
        after_value
    from {{ intake_repairs() }} as intake_repairs

)

select
    system,
    table_name,
    row_key,
    rule_id,
    column_name,
    before_value,
    after_value,
    file_line,
    row_number() over (
        partition by system, table_name, row_key, rule_id, column_name, before_value, after_value, file_line
        order by system
    ) as copy_number
from repairs
