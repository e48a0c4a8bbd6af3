-- A schedule can only leave time out (METRICS §4.6).
select ticket_id
from {{ ref('fct_tickets') }}
where
    first_reply_business_minutes > first_reply_minutes + 0.001
    or first_any_reply_business_minutes > first_any_reply_minutes + 0.001
    or first_resolution_business_minutes > first_resolution_minutes + 0.001
    or full_resolution_business_minutes > full_resolution_minutes + 0.001

union all

select ticket_id
from {{ ref('fct_ticket_status_intervals') }}
where business_minutes > minutes + 0.001

union all

select ticket_id
from {{ ref('fct_ticket_replies') }}
where wait_business_minutes > wait_minutes + 0.001
