-- One row per survey question: what it measures, on which scale, and from which score an answer is satisfied.
select
    question_id,
    survey_id,
    programme,
    metric,
    attribute,
    text,
    scale_min,
    scale_max,
    dissatisfied_to,
    satisfied_from,
    direction,
    is_scored
from {{ ref('int_feedback_questions') }}
