-- One row per period in which conversations with a bot ended and breakdown: what the bot claims to have solved
-- and what it has solved, beside handoffs and abandonment (METRICS §4.5).
with

counts as (

    select
        *,
        conversations < {{ var('min_base_publish') }} as is_small
    from {{ ref('int_bot_counts') }}

)

select
    {% for name, counted in [
        ('handoff', 'handed_off'),
        ('abandon', 'abandoned'),
        ('claimed_containment', 'claimed'),
        ('true_containment', 'contained'),
    ] -%}
    case when not is_small then {{ share(counted, 'conversations') }} end as {{ name }}_rate,
    case when not is_small then {{ wilson_low(counted, 'conversations') }} end as {{ name }}_ci_low,
    case when not is_small then {{ wilson_high(counted, 'conversations') }} end as {{ name }}_ci_high,
    {% endfor -%}
    period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    conversations as base,
    {{ publish_status('conversations', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    conversations,
    handed_off,
    abandoned,
    claimed,
    contained
from counts
