-- One row per scenario, customer and spell of buying: purchases that follow each other within the threshold. Whoever
-- has not bought for longer is gone on the last purchase plus the threshold, in whole days, and not before (METRICS
-- §3.7).
with

clock as (

    select as_of_date from {{ ref('int_build_clock') }}

),

days as (

    select
        thresholds.scenario,
        thresholds.threshold_days,
        days.customer_id,
        days.purchases,
        days.purchase_date,
        days.next_purchase_date,
        {{ dbt.datediff(
            'days.purchase_date', 'coalesce(days.next_purchase_date, clock.as_of_date)', 'day'
        ) }} > thresholds.threshold_days as is_last_of_spell
    from {{ ref('int_purchase_days') }} as days
    cross join {{ ref('int_inactivity_thresholds') }} as thresholds
    cross join clock
    where thresholds.threshold_days is not null

),

numbered as (

    select
        *,
        1 + coalesce(sum(case when is_last_of_spell then 1 else 0 end) over (
            partition by scenario, customer_id order by purchase_date
            rows between unbounded preceding and 1 preceding
        ), 0) as spell_number
    from days

),

spells as (

    select
        scenario,
        customer_id,
        spell_number,
        threshold_days,
        sum(purchases) as purchases,
        min(purchase_date) as started_date,
        max(purchase_date) as last_purchase_date,
        max(case when is_last_of_spell then 1 else 0 end) = 1 as is_lapsed,
        max(case when is_last_of_spell then next_purchase_date end) as returned_date
    from numbered
    group by scenario, customer_id, spell_number, threshold_days

)

select
    scenario,
    customer_id,
    cast(spell_number as bigint) as spell_number,
    threshold_days,
    cast(purchases as bigint) as purchases,
    is_lapsed,
    started_date,
    last_purchase_date,
    case
        when is_lapsed
            then {{ date_plus('last_purchase_date', 'cast(ceil(threshold_days) as integer)') }}
    end as churn_date,
    returned_date
from spells
