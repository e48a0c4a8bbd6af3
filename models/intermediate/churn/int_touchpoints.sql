-- One row per contact with a customer that is not invented for tests (CLARIFICATIONS D3).
select
    touchpoints.touchpoint_id,
    touchpoints.customer_id,
    touchpoints.employee_id,
    touchpoints.ticket_id,
    touchpoints.channel,
    touchpoints.touchpoint,
    touchpoints.stage,
    touchpoints.direction,
    touchpoints.topic,
    touchpoints.office,
    touchpoints.outcome,
    touchpoints.occurred_at
from {{ ref('stg_crm__touchpoints') }} as touchpoints
left join {{ ref('stg_crm__customers') }} as customers
    on touchpoints.customer_id = customers.customer_id
where not coalesce(customers.is_test, false)
