-- One row per run of customer messages: how long the customer waited for a person.
-- A view of views: what is dear to find is stored once below it, and what follows is said where it is read.
{{ config(materialized='view') }}

select
    ticket_id,
    run_number,
    waiting_since,
    replied_at,
    replied_at is not null as is_answered,
    is_closed_unanswered,
    wait_minutes,
    {{ business_minutes(
        'started_working', 'stopped_working', 'started_unscheduled', 'stopped_unscheduled'
    ) }} as wait_business_minutes
from {{ beside(ref('int_ticket_reply_runs')) }}
