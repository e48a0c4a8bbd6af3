-- One row per churn event, source and reason. The primary reason is that of the strongest source: what the
-- customer said in an exit survey, then what the customer ticked, then what an agent coded, else unknown
-- (METRICS §3.9, CLARIFICATIONS D58). Every event has exactly one.
{%- set window_days = var('churn_grace_days') + 30 %}
with

churns as (

    select * from {{ ref('int_ended_spells') }}

),

exit_responses as (

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

),

exit_answers as (

    select
        exit_responses.response_id,
        exit_responses.customer_id,
        exit_responses.responded_at,
        exit_responses.responded_date,
        answers.answer_no,
        answers.question_id,
        reasons.reason
    from exit_responses
    inner join {{ ref('stg_surveys__answers') }} as answers
        on exit_responses.response_id = answers.response_id
    inner join {{ ref('stg_surveys__questions') }} as questions
        on answers.question_id = questions.question_id
    inner join {{ ref('int_churn_reason_keys') }} as reasons
        on {{ churn_reason_key('answers.value') }} = reasons.reason_key
    where
        questions.metric = 'reason'
        and reasons.reason <> 'unknown'

),

surveyed as (

    select
        churns.customer_id,
        churns.spell_number,
        exit_answers.responded_at as evidence_at,
        exit_answers.reason,
        dense_rank() over (
            partition by churns.customer_id, churns.spell_number
            order by exit_answers.responded_at desc, exit_answers.response_id desc
        ) as response_recency,
        row_number() over (
            partition by churns.customer_id, churns.spell_number
            order by
                exit_answers.responded_at desc, exit_answers.response_id desc,
                exit_answers.answer_no asc, exit_answers.question_id asc
        ) as evidence_rank
    from churns
    inner join exit_answers
        on churns.customer_id = exit_answers.customer_id
        and exit_answers.responded_date >= {{ date_plus('churns.churn_date', -window_days) }}
        and exit_answers.responded_date <= {{ date_plus('churns.churn_date', 30) }}

),

evidence as (

    select
        customer_id,
        spell_number,
        1 as source_rank,
        'exit_survey' as source,
        reason,
        evidence_at,
        evidence_rank
    from surveyed
    where response_recency = 1

    union all

    -- Nobody knows that the customer ticked what carries no recorder, so it is an agent's.
    select
        customer_id,
        spell_number,
        case when cancellation_recorded_by = 'customer' then 2 else 3 end as source_rank,
        case when cancellation_recorded_by = 'customer' then 'customer_form' else 'agent' end as source,
        cancellation_reason as reason,
        cancellation_requested_at as evidence_at,
        1 as evidence_rank
    from churns
    where
        cancellation_id is not null
        and cancellation_reason <> 'unknown'

    union all

    select
        customer_id,
        spell_number,
        5 as source_rank,
        'unknown' as source,
        'unknown' as reason,
        cast(null as timestamp) as evidence_at,
        1 as evidence_rank
    from churns

),

distinct_evidence as (

    select
        customer_id,
        spell_number,
        source_rank,
        source,
        reason,
        max(evidence_at) as evidence_at,
        min(evidence_rank) as evidence_rank
    from evidence
    group by customer_id, spell_number, source_rank, source, reason

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, spell_number order by source_rank, evidence_rank
        ) as strength
    from distinct_evidence

)

select
    ranked.customer_id,
    ranked.spell_number,
    ranked.source,
    ranked.reason,
    ranked.strength = 1 as is_primary,
    churns.churn_date,
    ranked.evidence_at
from ranked
inner join churns
    on ranked.customer_id = churns.customer_id
    and ranked.spell_number = churns.spell_number
-- Unknown is a reason only where nothing better is.
where ranked.source <> 'unknown' or ranked.strength = 1
