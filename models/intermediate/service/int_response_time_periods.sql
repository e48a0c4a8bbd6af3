-- One row per month with waits and grain: the period the month lies in.
with

cohorts as (

    select
        cohort_month,
        min(cohort_month) over () as first_month
    from {{ ref('int_response_time_clocks') }}
    group by cohort_month

),

periods as (

    select
        cohorts.cohort_month,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'cohorts.cohort_month', 'cohorts.first_month') }} as period_start
    from cohorts
    cross join {{ period_grains() }} as period_grains

)

select
    cohort_month,
    period_grain,
    period_start,
    dense_rank() over (order by period_grain, period_start) as period_number
from periods
