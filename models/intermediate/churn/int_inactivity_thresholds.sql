-- One row per scenario: the days without a purchase after which a customer counts as gone, from the data, and a quarter
-- less and more of it (METRICS §3.7). The ninetieth percentile of the gaps between purchases, not below
-- inactivity_min_days; its interval is that of order statistics (T8). Empty while nobody has bought twice.
with

gaps as (

    select
        {{ dbt.datediff('purchase_date', 'next_purchase_date', 'day') }} as gap_days,
        row_number() over (
            order by {{ dbt.datediff('purchase_date', 'next_purchase_date', 'day') }}, customer_id, purchase_date
        ) as gap_rank
    from {{ ref('int_purchase_days') }}
    where next_purchase_date is not null

),

measured as (

    select
        count(*) as gaps,
        percentile_cont(0.9) within group (order by gap_days) as gap_p90_days,
        {{ quantile_low_rank(0.9, 'count(*)') }} as low_rank,
        {{ quantile_high_rank(0.9, 'count(*)') }} as high_rank
    from gaps

),

bounded as (

    select
        measured.gaps,
        measured.gap_p90_days,
        max(case when gaps.gap_rank = measured.low_rank then gaps.gap_days end) as gap_p90_ci_low,
        max(case when gaps.gap_rank = measured.high_rank then gaps.gap_days end) as gap_p90_ci_high
    from measured
    left join gaps
        on gaps.gap_rank in (measured.low_rank, measured.high_rank)
    group by measured.gaps, measured.gap_p90_days

),

scenarios as (

    select
        cast('shorter' as {{ dbt.type_string() }}) as scenario,
        cast(0.75 as double precision) as factor
    union all
    select
        'usual' as scenario,
        1 as factor
    union all
    select
        'longer' as scenario,
        1.25 as factor

)

select
    scenarios.scenario,
    cast(bounded.gaps as bigint) as gaps,
    cast(bounded.gap_p90_days as double precision) as gap_p90_days,
    cast(bounded.gap_p90_ci_low as double precision) as gap_p90_ci_low,
    cast(bounded.gap_p90_ci_high as double precision) as gap_p90_ci_high,
    case
        when bounded.gaps > 0
            then scenarios.factor * greatest(bounded.gap_p90_days, {{ var('inactivity_min_days') }})
    end as threshold_days
from bounded
cross join scenarios
