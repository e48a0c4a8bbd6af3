-- One row per measure, period with one before it and team, or all teams: whether the time of solved tickets went
-- elsewhere than in the period before, by Mann-Whitney with its normal approximation, ties corrected (METRICS T15).
-- Tickets of both periods are laid on one axis; those that took equally long share the mean of their places.
with

tickets as (

    select
        coalesce(team, 'unknown') as team,
        cast(date_trunc('month', {{ reporting_date('last_solved_at') }}) as date) as solved_month,
        {{ solved_ticket_times() | join('_minutes,\n        ') }}_minutes
    from {{ ref('int_tickets_measured') }}
    where requester_wait_minutes is not null

),

measured as (

    {% for metric in solved_ticket_times() %}
    select
        {{ loop.index0 }} as kind_number,
        '{{ metric }}' as metric,
        team,
        solved_month,
        {{ metric }}_minutes as minutes
    from tickets
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

counts as (

    select
        kind_number,
        metric,
        team,
        solved_month,
        count(*) as tickets
    from measured
    group by kind_number, metric, team, solved_month

),

members as (

    select
        team,
        'team' as dimension,
        team as dimension_value,
        dense_rank() over (order by team) as member_number
    from (select distinct team from counts) as teams

    union all

    select distinct
        team,
        'total' as dimension,
        'total' as dimension_value,
        0 as member_number
    from counts

),

periods as (

    select
        months.solved_month,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'months.solved_month', 'null') }} as period_start
    from (select distinct solved_month from counts) as months
    cross join {{ period_grains() }} as period_grains
    where period_grains.period_grain <> 'all'

),

-- A month's tickets are in their own period, and those before of the next one.
sides as (

    select
        solved_month,
        period_grain,
        period_start,
        is_current,
        dense_rank() over (order by period_grain, period_start) as period_number
    from (
        select
            solved_month,
            period_grain,
            period_start,
            true as is_current
        from periods

        union all

        select
            solved_month,
            period_grain,
            {{ period_end('period_grain', 'period_start') }} as period_start,
            false as is_current
        from periods
    ) as both_sides

),

groups as (

    select
        {{ wait_group_number('members', 'sides', 'counts') }} as group_number,
        counts.metric,
        sides.period_grain,
        sides.period_start,
        members.dimension,
        members.dimension_value,
        cast(sum(case when sides.is_current then counts.tickets else 0 end) as double precision) as current_tickets,
        cast(sum(case when sides.is_current then 0 else counts.tickets end) as double precision) as previous_tickets,
        cast(sum(counts.tickets) as double precision) as tickets
    from counts
    inner join sides
        on counts.solved_month = sides.solved_month
    inner join members
        on counts.team = members.team
    group by
        {{ wait_group_number('members', 'sides', 'counts') }},
        counts.metric, sides.period_grain, sides.period_start, members.dimension, members.dimension_value

),

compared_groups as (

    select * from groups
    where
        current_tickets > 0
        and previous_tickets > 0

),

placed as (

    select
        compared_groups.group_number,
        sides.is_current,
        rank() over by_time as first_place,
        round(cume_dist() over by_time * compared_groups.tickets) as last_place
    from measured
    inner join sides
        on measured.solved_month = sides.solved_month
    inner join members
        on measured.team = members.team
    inner join compared_groups
        on {{ wait_group_number('members', 'sides', 'measured') }} = compared_groups.group_number
    window by_time as (partition by compared_groups.group_number order by measured.minutes)

),

summed as (

    select
        group_number,
        cast(sum(case when is_current then first_place + last_place else 0 end) as double precision) / 2 as places,
        -- The cube of those who share a place less their number, spread over them.
        cast(sum(cast(
            power(last_place - first_place + 1, 2) - 1 as decimal(38, 0)
        )) as double precision) as ties
    from placed
    group by group_number

),

scored as (

    select
        compared_groups.*,
        summed.places - compared_groups.current_tickets * (compared_groups.current_tickets + 1) / 2 as wins,
        summed.ties
    from compared_groups
    inner join summed
        on compared_groups.group_number = summed.group_number

),

tested as (

    select
        *,
        (wins - current_tickets * previous_tickets / 2) / nullif(sqrt(
            current_tickets * previous_tickets / 12
            * (tickets + 1 - ties / nullif(tickets * (tickets - 1), 0))
        ), 0) as z
    from scored

)

select
    metric,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    wins,
    z,
    {{ p_of_z('z') }} as p_value
from tested
