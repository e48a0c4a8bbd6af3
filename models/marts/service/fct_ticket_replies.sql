-- One row per run of customer messages: how long the customer waited for a person.
-- A view, for every row is stored once, in the intermediate it names.
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
