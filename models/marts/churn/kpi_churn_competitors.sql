-- One row per competitor, period and breakdown: who wins the customers we lose, of the churn events with any evidence
-- of a competitor (METRICS §3.9). An event that names two counts for both.
{%- set dimensions = churn_dimensions() %}
with

events as (

    select
        events.*,
        competitors.competitor
    from {{ ref('int_churn_events_described') }} as events
    inner join {{ ref('int_churn_competitors') }} as competitors
        on events.customer_id = competitors.customer_id
        and events.spell_number = competitors.spell_number

),

bases as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as base
    from (
        select distinct
            customer_id,
            spell_number,
            period_grain,
            period_start,
            {{ dimensions | join(', ') }}
        from events
    ) as once
    {{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}

),

named as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        competitor,
        count(*) as churned_customers,
        cast(sum(mrr_lost) as decimal(18, 4)) as mrr_lost
    from events
    {{ group_by_breakdowns(['period_grain', 'period_start', 'competitor'], dimensions) }}

),

judged as (

    select
        named.*,
        bases.base,
        bases.base < {{ var('min_base_publish') }} as is_suppressed,
        named.dimension <> 'total' and named.churned_customers < {{ var('min_base_money') }} as is_money_suppressed
    from named
    inner join bases
        on named.period_grain = bases.period_grain
        and named.period_start = bases.period_start
        and named.dimension = bases.dimension
        and named.dimension_value = bases.dimension_value

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    competitor,
    base,
    churned_customers,
    case when not is_suppressed then {{ share('churned_customers', 'base') }} end as share,
    case when not is_suppressed then {{ wilson_low('churned_customers', 'base') }} end as ci_low,
    case when not is_suppressed then {{ wilson_high('churned_customers', 'base') }} end as ci_high,
    case when not is_money_suppressed then mrr_lost end as mrr_lost,
    {{ publish_status('base', 'is_suppressed', is_immature('period_grain', 'period_start')) }} as publish_status
from judged
