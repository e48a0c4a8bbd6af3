-- One row per month with waits and grain: the period the month lies in.
with

cohorts as (

    select
        cohort_month,
        min(cohort_month) over () as first_month,
        cast(sum(count(*)) over () as bigint) as clocks
    from {{ ref('int_response_time_clocks') }}
    group by cohort_month

),

periods as (

    select
        cohorts.cohort_month,
        cohorts.clocks,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'cohorts.cohort_month', 'cohorts.first_month') }} as period_start
    from cohorts
    cross join {{ period_grains() }} as period_grains

)

select
    cohort_month,
    period_grain,
    period_start,
    -- The more clocks a period has, the finer its curves are counted; a bin holds some of each kind also in small data.
    least(
        1 + floor(clocks / 1000.0),
        case period_grain when 'month' then 64 when 'quarter' then 128 when 'year' then 256 else 1024 end
    ) as bins,
    dense_rank() over (order by period_grain, period_start) as period_number
from periods
