-- One row per valid scored answer of a response in scope, after direction, with whether it is the vote of its
-- respondent: the latest of the quarter for relational surveys, the latest of the interaction outside the cooldown
-- for transactional ones, every answer otherwise (METRICS §2.2.1, CLARIFICATIONS D15-D17, D22).
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

scored as not materialized (

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

-- Only what is chosen among others is sorted; every other answer counts as it is.
relational_answers as (

    select
        scored.response_id,
        scored.question_id,
        scored.answer_no,
        row_number() over (
            partition by
                responses.respondent_id, scored.metric, scored.attribute,
                date_trunc('quarter', responses.responded_date)
            order by
                responses.responded_at desc, scored.response_id desc, scored.question_id desc, scored.answer_no desc
        ) as recency
    from scored
    inner join responses
        on scored.response_id = responses.response_id
    where responses.programme = 'relational'

),

interaction_answers as (

    select
        scored.response_id,
        scored.question_id,
        scored.answer_no,
        responses.responded_at,
        row_number() over (
            partition by coalesce(responses.invitation_id, scored.response_id), scored.metric, scored.attribute
            order by
                responses.responded_at desc, scored.response_id desc, scored.question_id desc, scored.answer_no desc
        ) as recency,
        lead(responses.responded_at) over (
            partition by responses.respondent_id, responses.touchpoint, scored.metric, scored.attribute
            order by responses.responded_at, scored.response_id, scored.question_id, scored.answer_no
        ) as next_responded_at
    from scored
    inner join responses
        on scored.response_id = responses.response_id
    where responses.programme = 'transactional' and scored.metric in {{ interaction_metrics() }}

),

excluded as (

    select
        response_id,
        question_id,
        answer_no,
        'newer_answer_in_quarter' as vote_exclusion
    from relational_answers
    where recency > 1

    union all

    select
        response_id,
        question_id,
        answer_no,
        case when recency > 1 then 'newer_answer_to_invitation' else 'newer_answer_within_cooldown' end
            as vote_exclusion
    from interaction_answers
    where
        recency > 1
        or next_responded_at < {{ dbt.dateadd('day', var('tnps_cooldown_days'), 'responded_at') }}

)

select
    scored.response_id,
    scored.question_id,
    scored.answer_no,
    responses.survey_id,
    responses.invitation_id,
    responses.respondent_id,
    responses.customer_id,
    responses.employee_id,
    scored.metric,
    scored.attribute,
    responses.programme,
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
        when scored.metric <> 'nps' then null
        when scored.score >= 9 then 'promoter'
        when scored.score >= 7 then 'passive'
        else 'detractor'
    end as nps_class,
    scored.scale_min,
    scored.scale_max,
    scored.score,
    100 * (scored.score - scored.scale_min) / (scored.scale_max - scored.scale_min) as pomp,
    scored.score >= scored.satisfied_from as is_satisfied,
    scored.score <= scored.dissatisfied_to as is_dissatisfied,
    excluded.vote_exclusion is null as is_vote,
    responses.responded_date,
    responses.responded_at
from scored
inner join responses
    on scored.response_id = responses.response_id
left join excluded
    on scored.response_id = excluded.response_id
    and scored.question_id = excluded.question_id
    and scored.answer_no = excluded.answer_no
