-- One row per question with its survey, its scale and what counts as satisfied on it. is_scored is false where
-- the question feeds no score: its metric has none, or it calls itself NPS on another scale than 0-10
-- (CLARIFICATIONS D10, D22).
with

questions as (

    select * from {{ ref('stg_surveys__questions') }}

),

surveys as (

    select * from {{ ref('stg_surveys__surveys') }}

),

scale_map as (

    select * from {{ ref('scale_map') }}

)

select
    questions.question_id,
    questions.survey_id,
    questions.metric,
    questions.attribute,
    coalesce(surveys.programme, 'unknown') as programme,
    questions.text,
    questions.scale_min,
    questions.scale_max,
    questions.direction,
    case
        when questions.metric = 'csat' then scale_map.dissatisfied_to
        when questions.metric in ('ces5', 'ces1') then 2
        when questions.metric = 'ces2' then 3
    end as dissatisfied_to,
    case
        when questions.metric = 'csat' then scale_map.satisfied_from
        when questions.metric in ('ces5', 'ces1') then 4
        when questions.metric = 'ces2' then 5
    end as satisfied_from,
    questions.metric in {{ scored_metrics() }}
    and (questions.metric <> 'nps' or (questions.scale_min = 0 and questions.scale_max = 10)) as is_scored
from questions
left join surveys
    on questions.survey_id = surveys.survey_id
left join scale_map
    on questions.scale_min = scale_map.scale_min
    and questions.scale_max = scale_map.scale_max
