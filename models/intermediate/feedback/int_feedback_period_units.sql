-- One row per unit that counts in a period: answers that are votes, and index scores. What is chosen anew for each
-- grain stands in each of them; everything else is the same in all grains and stands here in its month only.
-- A view, for its rows are stored: what is chosen in int_feedback_latest_units, all else in int_feedback_answers.
{{ config(materialized='view') }}
{%- set dimensions = feedback_dimensions() %}
select
    metric,
    attribute,
    programme,
    period_grain,
    period_start,
    response_id,
    question_id,
    answer_no,
    respondent_id,
    cluster_id,
    {{ dimensions | join(', ') }},
    scale_min,
    scale_max,
    score,
    pomp,
    nps_vote,
    is_satisfied,
    is_dissatisfied,
    is_latest_only
from {{ beside(ref('int_feedback_latest_units')) }}

union all

select
    metric,
    attribute,
    programme,
    'month' as period_grain,
    cast(date_trunc('month', responded_date) as date) as period_start,
    response_id,
    question_id,
    answer_no,
    respondent_id,
    cluster_id,
    {{ dimensions | join(', ') }},
    scale_min,
    scale_max,
    score,
    pomp,
    nps_vote,
    is_satisfied,
    is_dissatisfied,
    is_latest_only
from {{ beside(ref('int_feedback_candidates')) }}
where
    is_candidate
    and not is_latest_only
