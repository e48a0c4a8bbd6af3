-- One row per metric, attribute, programme, scale, period and breakdown with at least one unit: the counts and
-- sums that every survey KPI is made of. The scale is null except for CSAT, whose shares are never pooled across
-- scales (METRICS §2.3). What is the same in all grains is counted by month and added up.
{%- set dimensions = feedback_dimensions() %}
{%- set counts = [
    'units', 'promoters', 'passives', 'detractors', 'rated', 'satisfied', 'dissatisfied',
] %}
{%- set sums = ['score_sum', 'score_square_sum', 'pomp_sum', 'pomp_square_sum'] %}
{%- set keys = ['metric', 'attribute', 'programme', 'scale_min', 'scale_max', 'period_grain', 'period_start'] %}
with

units as (

    select * from {{ ref('int_feedback_period_units') }}

),

transactional_votes as (

    select * from {{ ref('int_feedback_period_units') }}
    where metric = 'nps' and programme = 'transactional'

),

items as (

    select
        responses.programme,
        cast(date_trunc('month', items.responded_date) as date) as period_start,
        {%- for dimension in dimensions | reject('equalto', 'survey') %}
        responses.{{ dimension }},
        {%- endfor %}
        responses.survey_id as survey,
        items.item_count,
        items.skipped_count
    from {{ ref('int_feedback_items') }} as items
    inner join {{ ref('int_feedback_responses') }} as responses
        on items.response_id = responses.response_id

),

counted as (

    select
        {{ keys | join(', ') }},
        is_latest_only,
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
        sum(cast(pomp as decimal(18, 10))) as pomp_sum,
        sum(cast(pomp * pomp as decimal(18, 10))) as pomp_square_sum
    from units
    {{ group_by_breakdowns(keys + ['is_latest_only'], dimensions) }}

    union all

    -- Every item put to a respondent; one that was skipped is what is rated here.
    select
        'item' as metric,
        null as attribute,
        programme,
        null as scale_min,
        null as scale_max,
        'month' as period_grain,
        period_start,
        false as is_latest_only,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        sum(item_count) as units,
        0 as promoters,
        0 as passives,
        0 as detractors,
        sum(item_count) as rated,
        sum(skipped_count) as satisfied,
        0 as dissatisfied,
        null as score_sum,
        null as score_square_sum,
        null as pomp_sum,
        null as pomp_square_sum
    from items
    {{ group_by_breakdowns(['programme', 'period_start'], dimensions) }}

),

in_periods as (

    select
        counted.*,
        grains.period_grain as added_grain,
        {{ period_start('grains.period_grain', 'counted.period_start', 'first_months.first_month') }} as added_start
    from counted
    inner join {{ period_grains() }} as grains
        on counted.period_grain = grains.period_grain
        or not counted.is_latest_only
    cross join {{ feedback_first_month() }} as first_months

),

cells as (

    select
        {{ keys[:-2] | join(', ') }},
        added_grain as period_grain,
        added_start as period_start,
        {%- for name in counts %}
        cast(sum({{ name }}) as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in sums %}
        cast(sum({{ name }}) as double precision) as {{ name }},
        {%- endfor %}
        dimension,
        dimension_value
    from in_periods
    group by {{ keys[:-2] | join(', ') }}, added_grain, added_start, dimension, dimension_value

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
    from (
        select
            transactional_votes.programme,
            grains.period_grain,
            {{ period_start(
                'grains.period_grain', 'transactional_votes.period_start', 'first_months.first_month'
            ) }} as period_start,
            transactional_votes.cluster_id,
            {%- for dimension in dimensions %}
            transactional_votes.{{ dimension }},
            {%- endfor %}
            transactional_votes.nps_vote
        from transactional_votes
        cross join {{ period_grains() }} as grains
        cross join {{ feedback_first_month() }} as first_months
    ) as votes
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
-- A key that is null where nothing is looked for: a condition on one side alone would compare all with all.
left join cluster_errors
    on case when cells.metric = 'nps' then cells.programme end = cluster_errors.programme
    and cells.period_grain = cluster_errors.period_grain
    and cells.period_start = cluster_errors.period_start
    and cells.dimension = cluster_errors.dimension
    and cells.dimension_value = cluster_errors.dimension_value
