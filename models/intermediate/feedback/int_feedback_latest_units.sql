-- One row per relational vote or index score that counts in a period, of any grain: the latest of its respondent
-- (CLARIFICATIONS D16, D20).
{%- set dimensions = feedback_dimensions() %}
with

candidates as (

    select
        candidates.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'candidates.responded_date', 'first_months.first_month') }}
            as period_start
    from {{ ref('int_feedback_candidates') }} as candidates
    cross join {{ period_grains() }} as grains
    cross join {{ feedback_first_month() }} as first_months
    where
        candidates.is_candidate
        and candidates.is_latest_only

),

ranked as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, programme, metric, voted_attribute, respondent_id
            order by responded_at desc, response_id desc, question_id desc, answer_no desc
        ) as recency
    from candidates

)

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
from ranked
where recency = 1
