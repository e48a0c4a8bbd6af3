-- One row per run of customer messages: how long the customer waited for a person.
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
from {{ ref('int_ticket_reply_runs') }}
