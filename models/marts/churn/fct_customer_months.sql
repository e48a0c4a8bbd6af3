-- One row per customer and month with revenue at its opening or its closing (METRICS §3.2): months in which
-- nothing changed from one end to the other, then all others.
with

months as (

    select
        period_start,
        opening_date,
        closing_date
    from {{ ref('int_churn_periods') }}
    where
        period_grain = 'month'
        and has_begun

)

select
    states.customer_id,
    months.period_start as month,
    'retained' as movement,
    states.mrr as opening_mrr,
    states.mrr as closing_mrr,
    cast(0 as decimal(18, 4)) as movement_mrr,
    false as is_paused_at_opening,
    false as is_paused_at_closing
from {{ ref('int_customer_state_profiles') }} as states
inner join months
    on states.from_date <= months.opening_date
    and states.to_date > months.closing_date
where states.mrr > 0

union all

select
    customer_id,
    period_start as month,
    movement,
    opening_mrr,
    closing_mrr,
    cast(closing_mrr - opening_mrr as decimal(18, 4)) as movement_mrr,
    is_paused_at_opening,
    is_paused_at_closing
from {{ ref('int_customer_period_changes') }}
where
    period_grain = 'month'
    and movement is not null
