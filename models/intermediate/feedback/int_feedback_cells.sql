-- One row per metric, attribute, programme, scale, period and breakdown with at least one unit: the counts and
-- sums that every survey KPI is made of, from one pass over the units (PERFORMANCE). The scale is null except
-- for CSAT, whose shares are never pooled across scales (METRICS §2.3).
{%- set dimensions = feedback_dimensions() %}
{%- set keys = ['metric', 'attribute', 'programme', 'scale_min', 'scale_max', 'period_grain', 'period_start'] %}
with

units as (

    select * from {{ ref('int_feedback_period_units') }}

),

cells as (

    select
        {{ keys | join(', ') }},
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as units,
        count(*) filter (where nps_vote = 1) as promoters,
        count(*) filter (where nps_vote = 0) as passives,
        count(*) filter (where nps_vote = -1) as detractors,
        count(is_satisfied) as rated,
        count(*) filter (where is_satisfied) as satisfied,
        count(*) filter (where is_dissatisfied) as dissatisfied,
        -- Scores are whole numbers, so their sums are exact as they are.
        sum(score) as score_sum,
        sum(score * score) as score_square_sum,
        {{ exact_sum('pomp') }} as pomp_sum,
        {{ exact_sum('pomp * pomp') }} as pomp_square_sum
    from units
    {{ group_by_breakdowns(keys, dimensions) }}

),

clusters as (

    select
        programme,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as votes,
        sum(nps_vote) as net
    from units
    where metric = 'nps' and programme = 'transactional'
    {{ group_by_breakdowns(['programme', 'period_grain', 'period_start', 'cluster_id'], dimensions) }}

),

cluster_sums as (

    select
        programme,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        count(*) as clusters,
        cast(sum(votes) as double precision) as n,
        cast(sum(net) as double precision) as net,
        cast(sum(net * net) as double precision) as net_square_sum,
        cast(sum(net * votes) as double precision) as net_votes_sum,
        cast(sum(votes * votes) as double precision) as votes_square_sum
    from clusters
    group by programme, period_grain, period_start, dimension, dimension_value

),

-- T14: the residuals of a cluster add up to its net minus its votes times the mean; one cluster has no spread.
cluster_errors as (

    select
        programme,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        100 * sqrt(
            cast(clusters as double precision) / nullif(clusters - 1, 0) * greatest(
                0.0,
                net_square_sum - 2 * (net / n) * net_votes_sum + power(net / n, 2) * votes_square_sum
            )
        ) / n as cluster_standard_error
    from cluster_sums

)

select
    cells.*,
    cluster_errors.cluster_standard_error
from cells
left join cluster_errors
    on cells.metric = 'nps'
    and cells.programme = cluster_errors.programme
    and cells.period_grain = cluster_errors.period_grain
    and cells.period_start = cluster_errors.period_start
    and cells.dimension = cluster_errors.dimension
    and cells.dimension_value = cluster_errors.dimension_value
