-- One row per measure, period of the last solution and team, and all teams together: where the time of solved tickets
-- went (METRICS §4.3). Nothing of a solved ticket is censored: its median is a plain one, its interval that of order
-- statistics (T8).
{%- set dimensions = ['team'] %}
with

solved_tickets as (

    select
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', reporting_date('tickets.last_solved_at'), 'first_months.first_month'
        ) }} as period_start,
        coalesce(tickets.team, 'unknown') as team,
        tickets.requester_wait_minutes,
        tickets.agent_wait_minutes,
        tickets.on_hold_minutes,
        tickets.agent_work_minutes
    from {{ ref('int_tickets_measured') }} as tickets
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month(ref('int_tickets_measured'), 'created_date') }} as first_months
    -- Without a full history none of the four is known (CLARIFICATIONS D39, D40).
    where tickets.requester_wait_minutes is not null

)

{% for metric in solved_ticket_times() %}
{%- set minutes = metric ~ '_minutes' %}
select
    '{{ metric }}' as metric,
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as solved,
    percentile_cont(0.5) within group (order by {{ minutes }}) as median_minutes,
    {{ order_statistic(minutes, quantile_low_rank(0.5, 'count(*)')) }} as median_ci_low,
    {{ order_statistic(minutes, quantile_high_rank(0.5, 'count(*)')) }} as median_ci_high
from solved_tickets
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
{{ 'union all' if not loop.last }}
{% endfor %}
