-- Each vote has one value of every breakdown, so the bases of a breakdown add up to the total.
with

breakdowns as (

    select
        programme,
        period_grain,
        period_start,
        dimension,
        sum(base) as base
    from {{ ref('kpi_nps') }}
    group by programme, period_grain, period_start, dimension

)

select breakdowns.*
from breakdowns
inner join {{ ref('kpi_nps') }} as totals
    on breakdowns.programme = totals.programme
    and breakdowns.period_grain = totals.period_grain
    and breakdowns.period_start = totals.period_start
    and totals.dimension = 'total'
where breakdowns.base <> totals.base
