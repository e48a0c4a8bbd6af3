-- One row per period in which conversations with a bot ended and breakdown: how they ended, counted over those
-- whose recontact window has closed (METRICS §4.5).
{%- set dimensions = ticket_dimensions() %}
with

conversations as (

    select
        outcome,
        is_recontacted,
        ended_date,
        coalesce(team, 'unknown') as team,
        coalesce(office, 'unknown') as office,
        coalesce(channel, 'unknown') as channel,
        coalesce(priority, 'unknown') as priority,
        coalesce(topic, 'unknown') as topic,
        segment
    from {{ ref('int_bot_conversations') }}
    where is_mature

),

in_periods as (

    select
        conversations.*,
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', 'conversations.ended_date', 'first_months.first_month'
        ) }} as period_start
    from conversations
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('conversations', 'ended_date') }} as first_months

)

select
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as conversations,
    count(*) filter (where outcome = 'handed_off') as handed_off,
    count(*) filter (where outcome = 'abandoned') as abandoned,
    count(*) filter (where outcome = 'solved') as claimed,
    count(*) filter (where outcome = 'solved' and not is_recontacted) as contained
from in_periods
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
