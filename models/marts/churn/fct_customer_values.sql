-- One row per customer that ever paid: revenue and margin to date and what is left of them after the cost of winning it
-- (METRICS §5, clv_historic). No forecast.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    customer_id,
    segment,
    acquisition_channel,
    subscription_revenue,
    order_revenue,
    margin,
    acquisition_cost,
    clv_historic,
    margin is not null as is_margin_known,
    acquisition_cost is not null as is_cost_known,
    first_paid_date
from {{ beside(ref('int_customer_revenues')) }}
