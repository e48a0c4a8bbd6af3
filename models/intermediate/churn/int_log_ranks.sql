-- One row per known value of a breakdown: its curve against that of all other known values together, by log-rank
-- (METRICS §3.6, T10). Observed and expected churns are summed over the days on which anybody left; who is not
-- described is compared with nobody.
with

days as (

    select
        dimension,
        dimension_value,
        tenure_days,
        entered - left_risk as came,
        churned
    from {{ ref('int_life_days') }}
    where
        period_grain = 'all'
        and dimension <> 'total'
        and dimension_value <> 'unknown'

),

dimension_days as (

    select
        dimension,
        tenure_days,
        sum(churned) as churned,
        sum(sum(came)) over (
            partition by dimension order by tenure_days rows between unbounded preceding and 1 preceding
        ) as at_risk
    from days
    group by dimension, tenure_days

),

curves as (

    select * from dimension_days
    where churned > 0

),

dimension_values as (

    select distinct
        dimension,
        dimension_value
    from days

),

-- Every value on every day on which anybody left, with what came to it or left it on days in between.
grid as (

    select
        dimension,
        dimension_value,
        tenure_days,
        came,
        churned,
        cast(null as bigint) as all_at_risk,
        cast(null as bigint) as all_churned
    from days

    union all

    select
        dimension_values.dimension,
        dimension_values.dimension_value,
        curves.tenure_days,
        0 as came,
        0 as churned,
        curves.at_risk as all_at_risk,
        curves.churned as all_churned
    from dimension_values
    inner join curves
        on dimension_values.dimension = curves.dimension

),

grid_days as (

    select
        dimension,
        dimension_value,
        tenure_days,
        sum(came) as came,
        sum(churned) as churned,
        max(all_at_risk) as all_at_risk,
        max(all_churned) as all_churned
    from grid
    group by dimension, dimension_value, tenure_days

),

at_risk as (

    select
        *,
        cast(coalesce(sum(came) over (
            partition by dimension, dimension_value order by tenure_days
            rows between unbounded preceding and 1 preceding
        ), 0) as double precision) as at_risk
    from grid_days

),

shares as (

    select
        dimension,
        dimension_value,
        churned,
        cast(all_churned as double precision) as all_churned,
        cast(all_at_risk as double precision) as all_at_risk,
        at_risk / all_at_risk as share_at_risk
    from at_risk
    where all_churned is not null

),

tests as (

    select
        dimension,
        dimension_value,
        cast(sum(churned) as bigint) as observed,
        {{ log_rank_expected('all_churned', 'share_at_risk') }} as expected,
        {{ log_rank_variance('all_churned', 'share_at_risk', 'all_at_risk') }} as variance
    from shares
    group by dimension, dimension_value

),

tested as (

    select
        *,
        power(observed - expected, 2) / nullif(variance, 0) as chi_square,
        {{ p_of_z('((observed - expected) / nullif(sqrt(variance), 0))') }} as p_value
    from tests

),

-- Two values are one comparison told from both sides, more are as many as they are.
ranked as (

    select
        *,
        case
            when count(p_value) over (partition by dimension) = 2 then 1
            else count(p_value) over (partition by dimension)
        end as comparisons,
        row_number() over (partition by dimension order by p_value nulls last, dimension_value) as p_rank
    from tested

)

select
    dimension,
    dimension_value,
    observed,
    expected,
    variance,
    chi_square,
    p_value,
    {{ holm('p_value', 'greatest(comparisons, p_rank)', 'p_rank', ['dimension']) }} as p_adjusted
from ranked
