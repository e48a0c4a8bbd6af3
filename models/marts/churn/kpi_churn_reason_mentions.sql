-- One row per reason, period and breakdown: the churn events it is the primary or a contributing reason of (METRICS
-- §3.9). An event can mention several, so the shares of a period add up to more than 1.
{%- set dimensions = churn_dimensions() %}
with

evidence as (

    select distinct
        customer_id,
        spell_number,
        reason
    from {{ ref('int_churn_reason_evidence') }}

),

events as (

    select * from {{ ref('int_churn_events_described') }}

),

bases as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as base
    from events
    {{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}

),

mentioned as (

    select
        {% for column in dimensions -%}
        events.{{ column }},
        {% endfor -%}
        events.period_grain,
        events.period_start,
        evidence.reason as mentioned_reason,
        case when events.reason = evidence.reason then 1 else 0 end as is_primary
    from events
    inner join evidence
        on events.customer_id = evidence.customer_id
        and events.spell_number = evidence.spell_number

),

mentions as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        mentioned_reason as reason,
        count(*) as mentions,
        cast(sum(is_primary) as bigint) as primary_mentions
    from mentioned
    {{ group_by_breakdowns(['period_grain', 'period_start', 'mentioned_reason'], dimensions) }}

),

judged as (

    select
        mentions.*,
        bases.base,
        bases.base < {{ var('min_base_publish') }} as is_suppressed
    from mentions
    inner join bases
        on mentions.period_grain = bases.period_grain
        and mentions.period_start = bases.period_start
        and mentions.dimension = bases.dimension
        and mentions.dimension_value = bases.dimension_value

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    reason,
    base,
    mentions,
    primary_mentions,
    case when not is_suppressed then {{ share('mentions', 'base') }} end as mention_share,
    case when not is_suppressed then {{ wilson_low('mentions', 'base') }} end as ci_low,
    case when not is_suppressed then {{ wilson_high('mentions', 'base') }} end as ci_high,
    {{ publish_status('base', 'is_suppressed', is_immature('period_grain', 'period_start')) }} as publish_status
from judged
