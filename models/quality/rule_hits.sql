-- One row per rule, action and raw table it is about: rows checked and rows it met, none included (METRICS §13).
{%- set text_type = dbt.type_string() %}
with

rules as (

    select * from {{ ref('quality_rules') }}

),

raw_tables as (

    select * from {{ ref('row_reconciliation') }}

),

rules_by_table as (

    select
        rules.rule_id,
        rules.action,
        rules.found_by,
        rules.reasons,
        raw_tables.system,
        raw_tables.table_name,
        raw_tables.raw_rows,
        raw_tables.superseded_rows,
        raw_tables.is_delivered
    from rules
    inner join raw_tables
        on rules.tables = '*'
        or position(
            ' ' || raw_tables.system || '.' || raw_tables.table_name || ' ' in ' ' || rules.tables || ' '
        ) > 0

),

-- A missing key is a rule of its own; every other reason is of the kind that stands before its column.
reasons as (

    select
        system,
        table_name,
        row_key,
        case
            {%- for system, table in raw_tables() %}
            {%- set node = staging_node(system, table) %}
            {%- if node %}
            when
                table_name = '{{ table }}'
                and reason in ('missing: {{ node.config.meta.raw.key | join("', 'missing: ") }}')
                then 'missing key'
            {%- endif %}
            {%- endfor %}
            else split_part(reason, ':', 1)
        end as reason
    from {{ ref('rejected_rows') }}

),

bridge as (

    select
        period_start,
        opening_mrr + new_mrr + reactivation_mrr + resume_mrr + expansion_mrr
        - contraction_mrr - churn_mrr - pause_mrr <> closing_mrr
        or coalesce(lag(closing_mrr) over (order by period_start) <> opening_mrr, false) as is_broken
    from {{ ref('kpi_mrr_bridge') }}

),

counts as (

    select
        rules_by_table.rule_id,
        rules_by_table.action,
        rules_by_table.system,
        rules_by_table.table_name,
        rules_by_table.raw_rows as n_checked,
        cast(count(reasons.reason) as bigint) as n_hit,
        {{ first_texts('reasons.row_key', 'reasons.row_key is not null') }} as example_keys
    from rules_by_table
    left join reasons
        on rules_by_table.system = reasons.system
        and rules_by_table.table_name = reasons.table_name
        and position(';' || reasons.reason || ';' in ';' || rules_by_table.reasons || ';') > 0
    where rules_by_table.found_by = 'reason'
    group by
        rules_by_table.rule_id, rules_by_table.action, rules_by_table.system, rules_by_table.table_name,
        rules_by_table.raw_rows

    union all

    select
        rules_by_table.rule_id,
        rules_by_table.action,
        rules_by_table.system,
        rules_by_table.table_name,
        rules_by_table.raw_rows as n_checked,
        cast(count(repairs.rule_id) as bigint) as n_hit,
        {{ first_texts('repairs.row_key', 'repairs.row_key is not null') }} as example_keys
    from rules_by_table
    left join {{ ref('repaired_rows') }} as repairs
        on rules_by_table.rule_id = repairs.rule_id
        and rules_by_table.system = repairs.system
        and rules_by_table.table_name = repairs.table_name
    where rules_by_table.found_by = 'repair'
    group by
        rules_by_table.rule_id, rules_by_table.action, rules_by_table.system, rules_by_table.table_name,
        rules_by_table.raw_rows

    union all

    select
        rule_id,
        action,
        system,
        table_name,
        raw_rows as n_checked,
        superseded_rows as n_hit,
        cast(null as {{ text_type }}) as example_keys
    from rules_by_table
    where found_by = 'superseded'

    union all

    -- What would have stopped the build before it began is not there, in each table that was delivered.
    select
        rule_id,
        action,
        system,
        table_name,
        cast(case when is_delivered then 1 else 0 end as bigint) as n_checked,
        cast(0 as bigint) as n_hit,
        cast(null as {{ text_type }}) as example_keys
    from rules_by_table
    where found_by = 'intake'

    union all

    {{ rule_count('37', 'stop', 'crm.subscriptions', 'bridge', 'period_start', 'is_broken') }}

    {%- for subject in ['core', 'feedback', 'churn', 'service', 'web'] %}

    union all

    select * from {{ ref('int_rule_counts_' ~ subject) }}
    {%- endfor %}

)

select
    cast(counts.rule_id as {{ text_type }}) as rule_id,
    cast(counts.action as {{ text_type }}) as action,
    cast(counts.system as {{ text_type }}) as system,
    cast(counts.table_name as {{ text_type }}) as table_name,
    cast(rules.name as {{ text_type }}) as rule_name,
    cast(counts.example_keys as {{ text_type }}) as example_keys,
    cast(
        case rules.found_by
            when 'reason' then 'quality.rejected_rows'
            when 'repair' then 'quality.repaired_rows'
            else counts.system || '.' || counts.table_name
        end as {{ text_type }}
    ) as found_in,
    counts.n_checked,
    counts.n_hit,
    case when counts.n_checked > 0 then cast(counts.n_hit as double precision) / counts.n_checked else 0 end as share
from counts
left join rules
    on counts.rule_id = rules.rule_id
    and counts.action = rules.action
