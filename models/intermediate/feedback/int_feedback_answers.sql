-- One row per valid scored answer of a response in scope, after direction, with whether it is the vote of its
-- respondent: the latest of the quarter for relational surveys, the latest of the interaction outside the cooldown
-- for transactional ones, every answer otherwise (METRICS §2.2.1, CLARIFICATIONS D15-D17, D22).
{%- set is_of_interaction = "(programme = 'transactional' and metric in " ~ interaction_metrics() ~ ")" %}
with

answers as (

    select * from {{ ref('stg_surveys__answers') }}
    where value is not null

),

questions as (

    select * from {{ ref('int_feedback_questions') }}
    where is_scored

),

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

),

scored as (

    select
        answers.response_id,
        answers.question_id,
        answers.answer_no,
        questions.metric,
        questions.attribute,
        questions.scale_min,
        questions.scale_max,
        questions.dissatisfied_to,
        questions.satisfied_from,
        case
            when questions.direction = -1
                then questions.scale_min + questions.scale_max - cast(answers.value as double precision)
            else cast(answers.value as double precision)
        end as score
    from answers
    inner join questions
        on answers.question_id = questions.question_id

),

placed as (

    select
        scored.*,
        responses.programme,
        responses.survey_id,
        responses.invitation_id,
        responses.respondent_id,
        responses.touchpoint,
        responses.responded_at,
        cast(date_trunc('quarter', responses.responded_date) as date) as responded_quarter
    from scored
    inner join responses
        on scored.response_id = responses.response_id

),

-- Only what is chosen among others is sorted; every other answer counts as it is.
ranked as (

    select
        placed.*,
        row_number() over (
            partition by respondent_id, programme, metric, attribute, responded_quarter
            order by responded_at desc, response_id desc, question_id desc, answer_no desc
        ) as recency,
        cast(null as timestamp) as next_responded_at
    from placed
    where programme = 'relational'

    union all

    select
        placed.*,
        row_number() over (
            partition by programme, coalesce(invitation_id, response_id), metric, attribute
            order by responded_at desc, response_id desc, question_id desc, answer_no desc
        ) as recency,
        lead(responded_at) over (
            partition by programme, respondent_id, touchpoint, metric, attribute
            order by responded_at, response_id, question_id, answer_no
        ) as next_responded_at
    from placed
    where {{ is_of_interaction }}

    union all

    select
        placed.*,
        1 as recency,
        cast(null as timestamp) as next_responded_at
    from placed
    where programme <> 'relational' and not {{ is_of_interaction }}

),

excluded as (

    select
        ranked.*,
        case
            when programme = 'relational' and recency > 1 then 'newer_answer_in_quarter'
            when recency > 1 then 'newer_answer_to_invitation'
            when next_responded_at < {{ dbt.dateadd('day', var('tnps_cooldown_days'), 'responded_at') }}
                then 'newer_answer_within_cooldown'
        end as vote_exclusion
    from ranked

)

select
    excluded.response_id,
    excluded.question_id,
    excluded.answer_no,
    excluded.survey_id,
    responses.invitation_id,
    responses.respondent_id,
    responses.customer_id,
    responses.employee_id,
    excluded.metric,
    excluded.attribute,
    excluded.programme,
    responses.segment,
    responses.persona,
    responses.country,
    responses.region,
    responses.language,
    responses.channel,
    responses.touchpoint,
    responses.stage,
    responses.team,
    responses.office,
    excluded.vote_exclusion,
    case
        when excluded.metric <> 'nps' then null
        when excluded.score >= 9 then 'promoter'
        when excluded.score >= 7 then 'passive'
        else 'detractor'
    end as nps_class,
    excluded.scale_min,
    excluded.scale_max,
    excluded.score,
    100 * (excluded.score - excluded.scale_min) / (excluded.scale_max - excluded.scale_min) as pomp,
    excluded.score >= excluded.satisfied_from as is_satisfied,
    excluded.score <= excluded.dissatisfied_to as is_dissatisfied,
    excluded.vote_exclusion is null as is_vote,
    responses.responded_date,
    responses.responded_at
from excluded
inner join responses
    on excluded.response_id = responses.response_id
