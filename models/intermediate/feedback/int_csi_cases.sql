-- One row per response that rated every attribute of its programme and gave an overall answer, and attribute: what
-- derived importance is estimated from. The overall answer is the CSAT of the response, else its NPS. Who gives eight
-- attributes or more the same score says nothing about any of them (METRICS §2.5.6, §13 rule 15).
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

attribute_counts as (

    select
        programme,
        count(distinct attribute) as attributes
    from {{ ref('int_feedback_questions') }}
    where metric = 'csi' and attribute is not null
    group by programme

),

rated as (

    select
        response_id,
        programme,
        attribute,
        responded_date,
        {{ exact_sum('pomp') }} / count(*) as pomp
    from answers
    where metric = 'csi' and attribute is not null
    group by response_id, programme, attribute, responded_date

),

counted as (

    select
        rated.*,
        count(*) over (partition by response_id) as attributes_answered,
        min(pomp) over (partition by response_id) as lowest,
        max(pomp) over (partition by response_id) as highest
    from rated

),

overall_metrics as (

    select
        response_id,
        case when count(*) filter (where metric = 'csat') > 0 then 'csat' else 'nps' end as metric
    from answers
    where metric in ('csat', 'nps')
    group by response_id

),

overalls as (

    select
        answers.response_id,
        {{ exact_sum('answers.pomp') }} / count(*) as overall
    from answers
    inner join overall_metrics
        on answers.response_id = overall_metrics.response_id
        and answers.metric = overall_metrics.metric
    group by answers.response_id

)

select
    counted.response_id,
    counted.attribute,
    counted.programme,
    attribute_counts.attributes,
    counted.pomp,
    overalls.overall,
    counted.responded_date
from counted
inner join attribute_counts
    on counted.programme = attribute_counts.programme
    and counted.attributes_answered = attribute_counts.attributes
inner join overalls
    on counted.response_id = overalls.response_id
where attribute_counts.attributes < 8 or counted.lowest < counted.highest
