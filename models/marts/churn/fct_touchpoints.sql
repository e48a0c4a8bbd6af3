-- One row per contact between the company and a customer.
select
    touchpoint_id,
    customer_id,
    employee_id,
    ticket_id,
    channel,
    touchpoint,
    stage,
    direction,
    topic,
    office,
    outcome,
    occurred_at
from {{ ref('int_touchpoints') }}
