-- One row per valid scored answer, after direction, with whether it is the vote of its respondent.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    response_id,
    question_id,
    answer_no,
    survey_id,
    invitation_id,
    respondent_id,
    customer_id,
    employee_id,
    metric,
    attribute,
    programme,
    segment,
    persona,
    country,
    region,
    language,
    channel,
    touchpoint,
    stage,
    team,
    office,
    nps_class,
    vote_exclusion,
    scale_min,
    scale_max,
    score,
    pomp,
    is_satisfied,
    is_dissatisfied,
    is_vote,
    responded_date,
    responded_at
from {{ beside(ref('int_feedback_answers')) }}
