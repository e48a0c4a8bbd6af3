-- One row per customer and month with something at its opening or its closing: what the MRR bridge, the monthly
-- churn and the customer months are summed from (METRICS §3.2, CLARIFICATIONS D52 and D53).
with

months as (

    select
        period_start as month,
        opening_date,
        closing_date
    from {{ ref('int_churn_periods') }}
    where period_grain = 'month'

),

boundaries as (

    select * from {{ ref('int_customer_boundaries') }}

),

openings as (

    select
        boundaries.customer_id,
        months.month,
        boundaries.profile_id,
        boundaries.tenure_band,
        boundaries.mrr,
        boundaries.is_paused
    from months
    inner join boundaries
        on months.opening_date = boundaries.boundary_date

),

closings as (

    select
        boundaries.customer_id,
        months.month,
        boundaries.profile_id,
        boundaries.tenure_band,
        boundaries.mrr,
        boundaries.is_paused
    from months
    inner join boundaries
        on months.closing_date = boundaries.boundary_date

),

first_payments as (

    select
        customer_id,
        started_date as first_paid_date
    from {{ ref('int_paying_spells') }}
    where spell_number = 1

),

customer_months as (

    select
        coalesce(openings.customer_id, closings.customer_id) as customer_id,
        coalesce(openings.month, closings.month) as month,
        -- A customer is what it was at the opening; one that was not there, what it is at the closing.
        coalesce(openings.profile_id, closings.profile_id) as profile_id,
        coalesce(openings.tenure_band, closings.tenure_band) as tenure_band,
        coalesce(openings.mrr, 0) as opening_mrr,
        coalesce(closings.mrr, 0) as closing_mrr,
        coalesce(openings.is_paused, false) as is_paused_at_opening,
        coalesce(closings.is_paused, false) as is_paused_at_closing
    from openings
    full outer join closings
        on openings.customer_id = closings.customer_id
        and openings.month = closings.month

)

select
    customer_months.customer_id,
    customer_months.month,
    customer_months.profile_id,
    customer_months.tenure_band,
    cast(customer_months.opening_mrr as decimal(18, 4)) as opening_mrr,
    cast(customer_months.closing_mrr as decimal(18, 4)) as closing_mrr,
    customer_months.is_paused_at_opening,
    customer_months.is_paused_at_closing,
    case
        when customer_months.opening_mrr > 0 and customer_months.closing_mrr > customer_months.opening_mrr
            then 'expansion'
        when customer_months.opening_mrr > 0 and customer_months.closing_mrr = customer_months.opening_mrr
            then 'retained'
        when customer_months.opening_mrr > 0 and customer_months.closing_mrr > 0 then 'contraction'
        when customer_months.opening_mrr > 0 and customer_months.is_paused_at_closing then 'pause'
        when customer_months.opening_mrr > 0 then 'churn'
        when customer_months.closing_mrr > 0 and customer_months.is_paused_at_opening then 'resume'
        -- Service that begins with the first second after the month is in its closing, hence after, not within.
        when customer_months.closing_mrr > 0 and first_payments.first_paid_date > customer_months.month then 'new'
        when customer_months.closing_mrr > 0 then 'reactivation'
    end as movement
from customer_months
inner join first_payments
    on customer_months.customer_id = first_payments.customer_id
