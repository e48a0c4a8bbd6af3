-- One row per reason given in an exit survey, as a code where the value map knows it, else `unknown` (METRICS §3.9,
-- CLARIFICATIONS D58).
with

responses as (

    select
        response_id,
        customer_id,
        responded_date,
        responded_at
    from {{ ref('fct_survey_responses') }}
    where programme = 'exit'

)

select
    answers.response_id,
    answers.question_id,
    answers.answer_no,
    responses.customer_id,
    questions.metric,
    answers.value,
    case when questions.metric = 'reason' then coalesce(reasons.reason, 'unknown') end as reason,
    responses.responded_date,
    responses.responded_at
from responses
inner join {{ ref('stg_surveys__answers') }} as answers
    on responses.response_id = answers.response_id
inner join {{ ref('stg_surveys__questions') }} as questions
    on answers.question_id = questions.question_id
left join {{ ref('int_churn_reason_keys') }} as reasons
    on questions.metric = 'reason'
    and {{ churn_reason_key('answers.value') }} = reasons.reason_key
where
    questions.metric in ('reason', 'competitor')
    and answers.value is not null
    and responses.customer_id is not null
