-- One row per response and emotion chosen in it: the emotion by the reference table, its valence, and the valence of
-- the whole response, the sign of what was chosen together (METRICS §2.6). An emotion the table does not know is kept
-- under its own name, without a valence.
with

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

),

chosen as (

    select distinct
        answers.response_id,
        coalesce(emotions.emotion, {{ folded('answers.value') }}) as emotion,
        emotions.valence
    from {{ ref('stg_surveys__answers') }} as answers
    inner join {{ ref('int_feedback_questions') }} as questions
        on answers.question_id = questions.question_id
        and questions.metric = 'emotion'
    left join {{ ref('emotions') }} as emotions
        on {{ folded('answers.value') }} = {{ folded('emotions.raw_value') }}
    where answers.value is not null

)

select
    chosen.response_id,
    chosen.emotion,
    responses.programme,
    responses.segment,
    responses.channel,
    responses.touchpoint,
    responses.stage,
    responses.survey_id as survey,
    chosen.valence,
    cast(sign(sum(chosen.valence) over (partition by chosen.response_id)) as bigint) as response_valence,
    row_number() over (partition by chosen.response_id order by chosen.emotion) as emotion_number,
    responses.responded_date
from chosen
inner join responses
    on chosen.response_id = responses.response_id
