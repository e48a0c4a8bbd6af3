-- One row per reason, period and breakdown: why customers left, in logos and in money (METRICS §3.9). The base
-- is every churn event, those without a known reason included.
{%- set dimensions = churn_dimensions() %}
with

clock as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

events as (

    select
        grains.period_grain,
        {{ period_start('grains.period_grain', 'churns.churn_date', 'clock.first_month') }} as period_start,
        churns.segment,
        churns.persona,
        churns.region,
        churns.country,
        churns.plan,
        churns.product,
        churns.acquisition_channel,
        churns.tenure_band,
        churns.reason,
        churns.mrr_lost
    from {{ ref('fct_churn_events') }} as churns
    cross join {{ period_grains() }} as grains
    cross join clock

),

breakdowns as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        reason,
        count(*) as churned_customers,
        sum(mrr_lost) as mrr_lost
    from events
    {{ group_by_breakdowns(['period_grain', 'period_start', 'reason'], dimensions) }}

),

ranked as (

    select
        *,
        sum(churned_customers) over same_cell as base,
        sum(mrr_lost) over same_cell as mrr_lost_in_all,
        coalesce(sum(case when reason = 'unknown' then churned_customers end) over same_cell, 0) as unknown_customers,
        row_number() over by_logos as reason_rank,
        row_number() over (
            partition by period_grain, period_start, dimension, dimension_value
            order by mrr_lost desc, churned_customers desc, reason asc
        ) as mrr_rank,
        sum(churned_customers) over (
            partition by period_grain, period_start, dimension, dimension_value
            order by churned_customers desc, mrr_lost desc, reason asc
            rows between unbounded preceding and current row
        ) as cumulative_customers
    from breakdowns
    window
        same_cell as (partition by period_grain, period_start, dimension, dimension_value),
        by_logos as (
            partition by period_grain, period_start, dimension, dimension_value
            order by churned_customers desc, mrr_lost desc, reason asc
        )

),

judged as (

    select
        *,
        base < {{ var('min_base_publish') }} as is_suppressed,
        dimension <> 'total' and churned_customers < {{ var('min_base_money') }} as is_money_suppressed
    from ranked

)

select
    judged.period_grain,
    judged.period_start,
    judged.dimension,
    judged.dimension_value,
    judged.reason,
    reasons.reason_group,
    cast(judged.base as bigint) as base,
    judged.churned_customers,
    case when not judged.is_suppressed then {{ share('judged.churned_customers', 'judged.base') }} end as share,
    case when not judged.is_suppressed then {{ wilson_low('judged.churned_customers', 'judged.base') }} end as ci_low,
    case when not judged.is_suppressed then {{ wilson_high('judged.churned_customers', 'judged.base') }} end as ci_high,
    case
        when judged.is_suppressed then null
        when judged.reason = 'unknown' then {{ share('judged.churned_customers', 'judged.base') }}
        else {{ share('judged.churned_customers + judged.unknown_customers', 'judged.base') }}
    end as share_if_all_unknown,
    case
        when not judged.is_suppressed then {{ share('judged.cumulative_customers', 'judged.base') }}
    end as cumulative_share,
    case when not judged.is_money_suppressed then cast(judged.mrr_lost as decimal(18, 4)) end as mrr_lost,
    case
        when not judged.is_suppressed and not judged.is_money_suppressed
            then {{ share('judged.mrr_lost', 'judged.mrr_lost_in_all') }}
    end as mrr_share,
    cast(judged.reason_rank as bigint) as rank,
    cast(judged.mrr_rank as bigint) as mrr_rank,
    reasons.is_avoidable,
    {{ publish_status(
        'judged.base', 'judged.is_suppressed', is_immature('judged.period_grain', 'judged.period_start')
    ) }} as publish_status
from judged
inner join {{ ref('dim_churn_reasons') }} as reasons
    on judged.reason = reasons.reason
