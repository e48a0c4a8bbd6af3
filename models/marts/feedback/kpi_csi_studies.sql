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

-- A respondent who took part twice has one opinion, the latest.
respondents as (

    select
        period_grain,
        period_start,
        response_id
    from {{ ref('int_feedback_period_units') }}
    where metric = 'csi_index' and programme = 'study'

),

opinions as (

    select
        units.survey as survey_id,
        respondents.period_grain,
        respondents.period_start,
        units.response_id,
        units.attribute,
        max(case when units.metric = 'csi' then units.pomp end) as satisfaction,
        max(case when units.metric = 'csi_importance' then units.score end) as importance
    from {{ ref('int_feedback_period_units') }} as units
    inner join respondents
        on units.response_id = respondents.response_id
    inner join questions
        on units.survey = questions.survey_id
        and units.attribute = questions.attribute
    where units.metric in ('csi', 'csi_importance')
    group by
        units.survey, respondents.period_grain, respondents.period_start, units.response_id, units.attribute

),

counted as (

    select
        opinions.*,
        count(case when satisfaction is not null and importance is not null then 1 end) over (
            partition by {{ study | join(', ') }}, response_id
        ) as attributes_answered
    from opinions

),

complete_cases as (

    select counted.*
    from counted
    inner join asked
        on counted.survey_id = asked.survey_id
        and counted.attributes_answered = asked.attributes

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
