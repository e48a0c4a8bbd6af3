-- One row per survey of the programme `study` and period with complete cases of a weighted index: the index with the
-- weights estimated on the same people, and the standard error that allows for it, linearised over satisfaction and
-- importance (METRICS §2.5.2, step 4). The index with frozen weights is in kpi_metric_values.
{%- set study = ['survey_id', 'period_grain', 'period_start'] %}
with

questions as (

    select
        survey_id,
        attribute
    from {{ ref('int_feedback_questions') }}
    where programme = 'study' and metric in ('csi', 'csi_importance') and attribute is not null
    group by survey_id, attribute
    having count(distinct metric) = 2

),

asked as (

    select
        survey_id,
        count(*) as attributes
    from questions
    group by survey_id

),

-- A response that rates an attribute twice has one opinion of it, their mean.
opinions as (

    select
        candidates.survey as survey_id,
        candidates.respondent_id,
        candidates.response_id,
        candidates.responded_at,
        candidates.responded_date,
        candidates.attribute,
        {{ exact_sum("case when candidates.metric = 'csi' then candidates.pomp end") }}
        / nullif(count(case when candidates.metric = 'csi' then 1 end), 0) as satisfaction,
        {{ exact_sum("case when candidates.metric = 'csi_importance' then candidates.score end") }}
        / nullif(count(case when candidates.metric = 'csi_importance' then 1 end), 0) as importance
    from {{ ref('int_feedback_candidates') }} as candidates
    inner join questions
        on candidates.survey = questions.survey_id
        and candidates.attribute = questions.attribute
    where
        candidates.is_candidate
        and candidates.metric in ('csi', 'csi_importance')
    group by
        candidates.survey, candidates.respondent_id, candidates.response_id, candidates.responded_at,
        candidates.responded_date, candidates.attribute

),

complete_responses as (

    select
        opinions.survey_id,
        opinions.respondent_id,
        opinions.response_id,
        opinions.responded_at,
        opinions.responded_date
    from opinions
    inner join asked
        on opinions.survey_id = asked.survey_id
    where
        opinions.satisfaction is not null
        and opinions.importance is not null
    group by
        opinions.survey_id, opinions.respondent_id, opinions.response_id, opinions.responded_at,
        opinions.responded_date, asked.attributes
    having count(*) = asked.attributes

),

-- A respondent who answered a study twice has one opinion, the latest that is complete; who was in two studies is in
-- both.
ranked as (

    select
        complete_responses.survey_id,
        complete_responses.response_id,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'complete_responses.responded_date', 'first_months.first_month') }}
            as period_start,
        row_number() over (
            partition by
                complete_responses.survey_id, complete_responses.respondent_id, grains.period_grain,
                {{ period_start(
                    'grains.period_grain', 'complete_responses.responded_date', 'first_months.first_month'
                ) }}
            order by complete_responses.responded_at desc, complete_responses.response_id desc
        ) as recency
    from complete_responses
    cross join {{ period_grains() }} as grains
    cross join {{ feedback_first_month() }} as first_months

),

complete_cases as (

    select
        ranked.survey_id,
        ranked.period_grain,
        ranked.period_start,
        ranked.response_id,
        opinions.attribute,
        opinions.satisfaction,
        opinions.importance
    from ranked
    inner join opinions
        on ranked.survey_id = opinions.survey_id
        and ranked.response_id = opinions.response_id
    where ranked.recency = 1

),

attributes as (

    select
        {{ study | join(', ') }},
        attribute,
        {{ exact_sum('satisfaction') }} / count(*) as mean_satisfaction,
        {{ exact_sum('importance') }} / count(*) as mean_importance
    from complete_cases
    group by {{ study | join(', ') }}, attribute

),

indices as (

    select
        {{ study | join(', ') }},
        {{ exact_sum('mean_importance') }} as importance_total,
        {{ exact_sum('mean_importance * mean_satisfaction') }} / nullif({{ exact_sum('mean_importance') }}, 0)
            as csi
    from attributes
    group by {{ study | join(', ') }}

),

influences as (

    select
        {% for column in study -%}
        complete_cases.{{ column }},
        {% endfor -%}
        complete_cases.response_id,
        indices.csi,
        {{ exact_sum(
            '(attributes.mean_importance * (complete_cases.satisfaction - attributes.mean_satisfaction)'
            ~ ' + (complete_cases.importance - attributes.mean_importance)'
            ~ ' * (attributes.mean_satisfaction - indices.csi)) / indices.importance_total'
        ) }} as influence,
        {{ exact_sum(
            'attributes.mean_importance * (complete_cases.satisfaction - attributes.mean_satisfaction)'
            ~ ' / indices.importance_total'
        ) }} as fixed_influence
    from complete_cases
    inner join attributes
        on complete_cases.survey_id = attributes.survey_id
        and complete_cases.period_grain = attributes.period_grain
        and complete_cases.period_start = attributes.period_start
        and complete_cases.attribute = attributes.attribute
    inner join indices
        on complete_cases.survey_id = indices.survey_id
        and complete_cases.period_grain = indices.period_grain
        and complete_cases.period_start = indices.period_start
    where indices.importance_total > 0
    group by
        {%- for column in study %}
        complete_cases.{{ column }},
        {%- endfor %}
        complete_cases.response_id, indices.csi

),

-- Influences add up to 0, so their squares are their spread.
estimated as (

    select
        {{ study | join(', ') }},
        csi,
        count(*) as base,
        sqrt({{ exact_sum('influence * influence') }} / nullif(count(*) - 1, 0) / count(*)) as standard_error,
        sqrt({{ exact_sum('fixed_influence * fixed_influence') }} / nullif(count(*) - 1, 0) / count(*))
            as fixed_standard_error
    from influences
    group by {{ study | join(', ') }}, csi

),

judged as (

    select
        estimated.*,
        {{ t_quantile('base - 1') }} as quantile,
        base < {{ var('min_base_publish') }} as is_hidden
    from estimated

)

select
    survey_id,
    period_grain,
    period_start,
    base,
    cast(case when not is_hidden then csi end as double precision) as csi,
    cast(case when not is_hidden then standard_error end as double precision) as standard_error,
    cast(case when not is_hidden then csi - quantile * standard_error end as double precision) as ci_low,
    cast(case when not is_hidden then csi + quantile * standard_error end as double precision) as ci_high,
    cast(case when not is_hidden then fixed_standard_error end as double precision) as fixed_standard_error,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from judged
