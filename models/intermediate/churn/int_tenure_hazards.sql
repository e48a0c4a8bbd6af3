-- One row per breakdown and month of tenure with customers in it: the hazard of the month, by the curve's own steps, so
-- that those of all months make survival (METRICS §3.6). A month of tenure is a twelfth of 365.25 days.
with

months as (

    select
        dimension,
        dimension_value,
        {{ tenure_month('tenure_days') }} as tenure_month,
        sum(entered) as entered,
        sum(left_risk) as left_risk,
        sum(churned) as churned
    from {{ ref('int_life_days') }}
    where period_grain = 'all'
    group by 1, 2, 3

),

steps as (

    select
        dimension,
        dimension_value,
        {{ tenure_month('tenure_days') }} as tenure_month,
        exp(cast(sum(cast(case when hazard < 1 then ln(1 - hazard) else 0 end as decimal(28, 14))) as double precision))
        * min(case when hazard < 1 then 1 else 0 end) as month_survival,
        cast(sum(cast(greenwood_step as decimal(28, 14))) as double precision) as greenwood
    from {{ ref('int_survival_curves') }}
    where period_grain = 'all'
    group by 1, 2, 3

),

cells as (

    select
        dimension,
        dimension_value,
        {{ tenure_month('longest_days') }} as last_month
    from {{ ref('int_survival_cells') }}
    where period_grain = 'all'

),

-- Whoever comes under observation on a boundary is at risk from then on; month -1 is what comes on day 0.
every_month as (

    select
        cells.dimension,
        cells.dimension_value,
        numbers.tenure_month,
        coalesce(months.entered, 0) as entered,
        coalesce(months.left_risk, 0) as left_risk,
        coalesce(months.churned, 0) as churned
    from cells
    inner join (select n - 1 as tenure_month from {{ whole_numbers(4) }} as whole_numbers) as numbers
        on cells.last_month >= numbers.tenure_month
    left join months
        on cells.dimension = months.dimension
        and cells.dimension_value = months.dimension_value
        and numbers.tenure_month = months.tenure_month

),

at_risk as (

    select
        *,
        sum(entered - left_risk) over (
            partition by dimension, dimension_value order by tenure_month
            rows between unbounded preceding and 1 preceding
        ) as at_risk
    from every_month

)

select
    at_risk.dimension,
    at_risk.dimension_value,
    cast(at_risk.tenure_month as bigint) as tenure_month,
    cast(at_risk.at_risk as bigint) as at_risk,
    cast(at_risk.at_risk + at_risk.entered as bigint) as base,
    cast(at_risk.churned as bigint) as churned,
    coalesce(steps.month_survival, 1) as month_survival,
    coalesce(steps.greenwood, 0) as greenwood
from at_risk
left join steps
    on at_risk.dimension = steps.dimension
    and at_risk.dimension_value = steps.dimension_value
    and at_risk.tenure_month = steps.tenure_month
where
    at_risk.tenure_month >= 0
    and at_risk.at_risk + at_risk.entered > 0
