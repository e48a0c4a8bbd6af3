-- One row per period of the last solution and breakdown: the tickets closed, and those of them that no person ever
-- replied to (METRICS §4.1).
{%- set dimensions = ticket_dimensions() %}
with

closed_tickets as (

    select
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', reporting_date('tickets.last_solved_at'), 'first_months.first_month'
        ) }} as period_start,
        coalesce(tickets.team, 'unknown') as team,
        coalesce(tickets.office, 'unknown') as office,
        coalesce(tickets.channel, 'unknown') as channel,
        coalesce(tickets.priority, 'unknown') as priority,
        coalesce(tickets.topic, 'unknown') as topic,
        tickets.segment,
        tickets.reply_outcome
    from {{ ref('int_tickets_measured') }} as tickets
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month(ref('int_tickets_measured'), 'created_date') }} as first_months
    where
        tickets.is_solved
        and tickets.last_solved_at is not null
        and tickets.reply_outcome is not null

)

select
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as closed,
    count(*) filter (where reply_outcome = 'closed_without_reply') as closed_without_reply
from closed_tickets
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
