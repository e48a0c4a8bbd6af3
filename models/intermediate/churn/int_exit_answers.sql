-- One row per reason given in an exit survey, as a code where the value map knows it, else `unknown` (METRICS §3.9,
-- CLARIFICATIONS D58).
with

responses as (

    select
        responses.response_id,
        coalesce(responses.customer_id, contacts.customer_id) as customer_id,
        responses.responded_at,
        {{ reporting_date('responses.responded_at') }} as responded_date
    from {{ ref('stg_surveys__responses') }} as responses
    inner join {{ ref('stg_surveys__surveys') }} as surveys
        on responses.survey_id = surveys.survey_id
    left join {{ ref('stg_crm__contacts') }} as contacts
        on responses.contact_id = contacts.contact_id
    where
        surveys.programme = 'exit'
        and coalesce(responses.status, 'complete') in ('complete', 'partial')
        and not coalesce(responses.is_test, false)
        and not coalesce(contacts.is_employee, false)

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
