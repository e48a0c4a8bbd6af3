-- One row per invitation, with how far it got. is_scored counts for the response rate: a scored answer within the
-- response window of the programme.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    invitation_id,
    survey_id,
    customer_id,
    contact_id,
    ticket_id,
    order_id,
    programme,
    segment,
    persona,
    country,
    region,
    language,
    channel,
    touchpoint,
    stage,
    is_delivered,
    is_started,
    is_completed,
    is_scored,
    is_scored_late,
    is_opted_out,
    is_mature,
    sent_date,
    sent_at,
    response_window_ends_at
from {{ beside(ref('int_feedback_invitations')) }}
