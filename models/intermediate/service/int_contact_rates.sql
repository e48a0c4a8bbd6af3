-- One row per period and segment, and their total: the tickets of the period beside the customers who paid during it
-- (METRICS §4.5): customer-days over the days of the period that have passed. Without subscriptions nobody knows how
-- many customers there are.
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

tickets_in_segments as (

    select
        period_grain,
        period_start,
        segment,
        count(*) as tickets
    from (
        select
            period_grains.period_grain,
            {{ period_start(
                'period_grains.period_grain', 'tickets.created_date', 'first_months.first_month'
            ) }} as period_start,
            tickets.segment
        from {{ ref('int_tickets_measured') }} as tickets
        cross join {{ period_grains() }} as period_grains
        cross join {{ first_month(ref('int_tickets_measured'), 'created_date') }} as first_months
    ) as tickets_in_periods
    group by period_grain, period_start, segment

),

periods as (

    select
        periods.period_grain,
        periods.period_start,
        least(
            coalesce({{ period_end('periods.period_grain', 'periods.period_start') }}, clock.as_of_date),
            clock.as_of_date
        ) as end_date
    from (
        select distinct
            period_grain,
            period_start
        from tickets_in_segments
    ) as periods
    cross join clock

),

active_days as (

    select
        periods.period_grain,
        periods.period_start,
        states.segment,
        sum({{ dbt.datediff(
            'greatest(states.started_date, periods.period_start)',
            'least(coalesce(states.ended_date, periods.end_date), periods.end_date)',
            'day'
        ) }}) as customer_days
    from periods
    inner join {{ ref('fct_customer_states') }} as states
        on periods.end_date > states.started_date
        and periods.period_start < coalesce(states.ended_date, date '9999-12-31')
    where not states.is_paused
    group by periods.period_grain, periods.period_start, states.segment

),

cells as (

    select
        period_grain,
        period_start,
        segment,
        tickets,
        0 as customer_days
    from tickets_in_segments
    union all
    select
        period_grain,
        period_start,
        segment,
        0 as tickets,
        customer_days
    from active_days

),

summed as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(['segment']) }} as dimension,
        {{ breakdown_value(['segment']) }} as dimension_value,
        cast(sum(tickets) as bigint) as tickets,
        sum(customer_days) as customer_days
    from cells
    {{ group_by_breakdowns(['period_grain', 'period_start'], ['segment']) }}

)

select
    summed.period_grain,
    summed.period_start,
    summed.dimension,
    summed.dimension_value,
    summed.tickets,
    cast(summed.customer_days as double precision) / nullif({{ dbt.datediff(
        'periods.period_start', 'periods.end_date', 'day'
    ) }}, 0) as average_customers
from summed
inner join periods
    on summed.period_grain = periods.period_grain
    and summed.period_start = periods.period_start
where summed.customer_days > 0
