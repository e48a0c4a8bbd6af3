-- One row per measure, period with one before it and team, or all teams: whether the time of solved tickets went
-- elsewhere than in the period before, by Mann-Whitney with its normal approximation, ties corrected (METRICS T15).
{%- set dimensions = ['team'] %}
{%- set key = ['metric', 'period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

solved_tickets as (

    select
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', reporting_date('tickets.last_solved_at'), 'null'
        ) }} as period_start,
        coalesce(tickets.team, 'unknown') as team,
        tickets.requester_wait_minutes,
        tickets.agent_wait_minutes,
        tickets.on_hold_minutes,
        tickets.agent_work_minutes
    from {{ ref('int_tickets_measured') }} as tickets
    cross join {{ period_grains() }} as period_grains
    where
        tickets.requester_wait_minutes is not null
        and period_grains.period_grain <> 'all'

),

measured as (

    {% for metric in solved_ticket_times() %}
    select
        '{{ metric }}' as metric,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        {{ metric }}_minutes as minutes,
        count(*) as tickets
    from solved_tickets
    {{ group_by_breakdowns(['period_grain', 'period_start', metric ~ '_minutes'], dimensions) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

both_periods as (

    select
        metric,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        minutes,
        tickets as current_tickets,
        0 as previous_tickets
    from measured

    union all

    select
        metric,
        period_grain,
        {{ period_end('period_grain', 'period_start') }} as period_start,
        dimension,
        dimension_value,
        minutes,
        0 as current_tickets,
        tickets as previous_tickets
    from measured

),

durations as (

    select
        {{ key | join(', ') }},
        minutes,
        cast(sum(current_tickets) as double precision) as current_tickets,
        cast(sum(previous_tickets) as double precision) as previous_tickets
    from both_periods
    group by {{ key | join(', ') }}, minutes

),

-- How many tickets of the period before took less than this long; equal ones count half.
placed as (

    select
        *,
        sum(previous_tickets) over (
            partition by {{ key | join(', ') }} order by minutes
            rows between unbounded preceding and current row
        ) - previous_tickets / 2 as previous_below,
        power(current_tickets + previous_tickets, 3) - (current_tickets + previous_tickets) as ties
    from durations

),

summed as (

    select
        {{ key | join(', ') }},
        sum(current_tickets * previous_below) as wins,
        sum(current_tickets) as current_tickets,
        sum(previous_tickets) as previous_tickets,
        sum(current_tickets + previous_tickets) as tickets,
        sum(ties) as ties
    from placed
    group by {{ key | join(', ') }}

),

scored as (

    select
        *,
        (wins - current_tickets * previous_tickets / 2) / nullif(sqrt(
            current_tickets * previous_tickets / 12
            * (tickets + 1 - ties / nullif(tickets * (tickets - 1), 0))
        ), 0) as z
    from summed
    where
        current_tickets > 0
        and previous_tickets > 0

)

select
    {{ key | join(',\n    ') }},
    wins,
    z,
    {{ p_of_z('z') }} as p_value
from scored
