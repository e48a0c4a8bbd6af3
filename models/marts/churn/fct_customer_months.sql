-- One row per customer and month with revenue at its opening or its closing (METRICS §3.2).
select
    customer_id,
    month,
    movement,
    opening_mrr,
    closing_mrr,
    cast(closing_mrr - opening_mrr as decimal(18, 4)) as movement_mrr,
    is_paused_at_opening,
    is_paused_at_closing
from {{ ref('int_customer_months') }}
where opening_mrr > 0 or closing_mrr > 0
