-- One row per programme, attribute, period and breakdown with enough complete cases: the importance derived from
-- what moves together, r² of the attribute with the overall answer of the same response as a share of all r²
-- (METRICS §2.5.6, imp_r2). A complete case answers every attribute of the programme; at least
-- derived_importance_min_base of them, and ten for each attribute, are needed.
{%- set dimensions = feedback_dimensions() %}
{%- set keys = ['programme', 'attribute', 'period_grain', 'period_start'] %}
with

units as (

    select * from {{ ref('int_feedback_period_units') }}
    where metric = 'csi' and attribute is not null

),

overall_answers as (

    select
        response_id,
        case when count(*) filter (where metric = 'csat') > 0 then 'csat' else 'nps' end as metric
    from {{ ref('int_feedback_answers') }}
    where metric in ('csat', 'nps')
    group by response_id

),

overalls as (

    select
        answers.response_id,
        {{ exact_sum('answers.pomp') }} / count(*) as overall
    from {{ ref('int_feedback_answers') }} as answers
    inner join overall_answers
        on answers.response_id = overall_answers.response_id
        and answers.metric = overall_answers.metric
    group by answers.response_id

),

attribute_counts as (

    select
        programme,
        count(distinct attribute) as attributes
    from {{ ref('int_feedback_questions') }}
    where metric = 'csi' and attribute is not null
    group by programme

),

ranked as (

    select
        units.*,
        dense_rank() over (
            partition by period_grain, period_start, response_id
            order by attribute nulls last
        ) as attribute_rank
    from units

),

answered as (

    select
        ranked.*,
        max(attribute_rank) over (partition by period_grain, period_start, response_id) as attributes_answered
    from ranked

),

cases as (

    select
        answered.*,
        attribute_counts.attributes,
        overalls.overall
    from answered
    inner join overalls
        on answered.response_id = overalls.response_id
    inner join attribute_counts
        on answered.programme = attribute_counts.programme
        and answered.attributes_answered = attribute_counts.attributes

),

sums as (

    select
        {{ keys | join(', ') }},
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        max(attributes) as attributes,
        count(*) as n,
        {{ exact_sum('pomp') }} as x,
        {{ exact_sum('overall') }} as y,
        {{ exact_sum('pomp * pomp') }} as xx,
        {{ exact_sum('overall * overall') }} as yy,
        {{ exact_sum('pomp * overall') }} as xy
    from cases
    {{ group_by_breakdowns(keys, dimensions) }}

),

correlated as (

    select
        sums.*,
        (n * xy - x * y) / nullif(sqrt(greatest(0.0, n * xx - x * x) * greatest(0.0, n * yy - y * y)), 0) as r
    from sums
    where n >= greatest({{ var('derived_importance_min_base') }}, 10 * attributes)

)

select
    {{ keys | join(', ') }},
    dimension,
    dimension_value,
    n as complete_cases,
    r,
    power(coalesce(r, 0), 2) / nullif(cast(
        sum(cast(power(coalesce(r, 0), 2) as decimal(18, 10))) over (
            partition by programme, period_grain, period_start, dimension, dimension_value
        ) as double precision
    ), 0) as importance_derived
from correlated
