-- Rejected rows by table against the hits of reject rules: a reason no rule of the seed names, or two name, shows.
with

rejected as (

    select
        system,
        table_name,
        rejected_rows
    from {{ ref('row_reconciliation') }}

),

hits as (

    select
        system,
        table_name,
        sum(n_hit) as hits
    from {{ ref('rule_hits') }}
    where action = 'reject'
    group by system, table_name

)

select
    rejected.system,
    rejected.table_name,
    rejected.rejected_rows,
    hits.hits
from rejected
left join hits
    on rejected.system = hits.system
    and rejected.table_name = hits.table_name
where rejected.rejected_rows <> coalesce(hits.hits, 0)
