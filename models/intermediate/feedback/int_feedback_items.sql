-- One row per response in scope that was put a scored question: how many items, and how many of them were skipped.
with

answers as (

    select * from {{ ref('stg_surveys__answers') }}

),

scored_questions as (

    select * from {{ ref('int_feedback_questions') }}
    where is_scored

),

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

),

counted as (

    select
        answers.response_id,
        count(*) as item_count,
        count(*) filter (where answers.value is null) as skipped_count
    from answers
    inner join scored_questions
        on answers.question_id = scored_questions.question_id
    group by answers.response_id

)

select
    counted.response_id,
    counted.item_count,
    counted.skipped_count,
    responses.responded_date
from counted
inner join responses
    on counted.response_id = responses.response_id
