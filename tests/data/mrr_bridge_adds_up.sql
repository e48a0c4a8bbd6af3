-- Opening and movements make the closing, and the closing of a month is the opening of the next, to the cent
-- (METRICS §3.2, §13 rule 37).
with

bridge as (

    select
        period_start,
        opening_mrr,
        closing_mrr,
        opening_mrr + new_mrr + reactivation_mrr + resume_mrr + expansion_mrr
        - contraction_mrr - churn_mrr - pause_mrr as summed_mrr,
        lag(closing_mrr) over (order by period_start) as previous_closing_mrr
    from {{ ref('kpi_mrr_bridge') }}

)

select *
from bridge
where
    summed_mrr <> closing_mrr
    or (previous_closing_mrr is not null and previous_closing_mrr <> opening_mrr)
