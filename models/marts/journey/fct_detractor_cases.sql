-- One row per response with an unhappy answer: the case it opens, and what became of it.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    response_id,
    survey_id,
    respondent_id,
    customer_id,
    owner_id,
    programme,
    segment,
    channel,
    team,
    opened_by,
    nps_score,
    next_nps_score,
    contact_minutes,
    is_detractor,
    is_mature,
    is_contacted,
    is_resolved,
    is_due,
    is_on_time,
    is_recovery_mature,
    is_asked_again,
    is_recovered,
    is_contacted_first,
    opened_date,
    due_date,
    opened_at,
    due_at,
    contacted_at,
    resolved_at,
    next_responded_at
from {{ beside(ref('int_detractor_cases')) }}
