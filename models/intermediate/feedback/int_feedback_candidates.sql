-- One row per answer or index score that may count in a period, as the KPIs of feedback name it. Relational votes and
-- index scores are chosen anew for each grain, so that a respondent counts once in a year as well as in a month
-- (CLARIFICATIONS D16, D20); everything else is the same in all grains (D17).
-- A view, for its rows are stored once, in int_feedback_answers.
{{ config(materialized='view') }}
{%- set carried = feedback_dimensions() | reject('equalto', 'survey') | list %}
with

answers as (

    select * from {{ beside(ref('int_feedback_answers')) }}

),

responses as (

    select * from {{ beside(ref('int_feedback_responses')) }}
    where scope_exclusion is null

),

indices as (

    select * from {{ beside(ref('int_feedback_indices')) }}

)

select
    metric,
    -- The attribute of other metrics tells questions apart, it is no line of a KPI.
    case when metric in ('csi', 'csi_importance') then attribute end as attribute,
    attribute as voted_attribute,
    programme,
    programme = 'relational' as is_latest_only,
    vote_exclusion is null or programme = 'relational' as is_candidate,
    respondent_id,
    coalesce(customer_id, respondent_id) as cluster_id,
    response_id,
    question_id,
    answer_no,
    {{ carried | join(', ') }},
    survey_id as survey,
    case when metric = 'csat' then scale_min end as scale_min,
    case when metric = 'csat' then scale_max end as scale_max,
    score,
    pomp,
    case nps_class when 'promoter' then 1 when 'passive' then 0 when 'detractor' then -1 end as nps_vote,
    is_satisfied,
    is_dissatisfied,
    responded_date,
    responded_at
from answers
{%- for index in ['csi', 'acsi'] %}
union all
select
    '{{ index }}_index' as metric,
    null as attribute,
    null as voted_attribute,
    responses.programme,
    true as is_latest_only,
    true as is_candidate,
    responses.respondent_id,
    coalesce(responses.customer_id, responses.respondent_id) as cluster_id,
    responses.response_id,
    '' as question_id,
    1 as answer_no,
    {%- for dimension in carried %}
    responses.{{ dimension }},
    {%- endfor %}
    responses.survey_id as survey,
    null as scale_min,
    null as scale_max,
    null as score,
    indices.{{ index }}_score as pomp,
    null as nps_vote,
    null as is_satisfied,
    null as is_dissatisfied,
    responses.responded_date,
    responses.responded_at
from responses
inner join indices
    on responses.response_id = indices.response_id
    and indices.{{ index }}_score is not null
{%- endfor %}
