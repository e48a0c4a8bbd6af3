-- One row per SLA metric (and `all` of them), due period and breakdown: every clock that is due counts as met
-- or breached, so none is left out for being slow (METRICS §4.4).
{%- set dimensions = ticket_dimensions() %}
with

outcomes as (

    select
        sla_outcomes.metric,
        sla_outcomes.outcome,
        sla_outcomes.due_at <= tickets.as_of as is_due,
        coalesce(sla_outcomes.priority, 'unknown') as priority,
        coalesce(tickets.team, 'unknown') as team,
        coalesce(tickets.office, 'unknown') as office,
        coalesce(tickets.channel, 'unknown') as channel,
        coalesce(tickets.topic, 'unknown') as topic,
        tickets.segment,
        cast(date_trunc('month', {{ reporting_date('sla_outcomes.due_at') }}) as date) as due_month
    from {{ ref('fct_sla_outcomes') }} as sla_outcomes
    inner join {{ ref('int_tickets_measured') }} as tickets
        on sla_outcomes.ticket_id = tickets.ticket_id
    where sla_outcomes.due_at is not null

),

-- Clocks are counted once, by month; everything else adds up from there.
monthly as (

    select
        metric,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) filter (where is_due and outcome = 'met') as met,
        count(*) filter (where is_due and outcome = 'breached') as breached,
        count(*) filter (where outcome = 'running') as running,
        due_month
    from outcomes
    {{ group_by_breakdowns(['metric', 'due_month'], dimensions) }}

),

metrics as (

    select distinct
        metric,
        metric as counted_as
    from monthly

    union all

    select distinct
        metric,
        'all' as counted_as
    from monthly

),

in_periods as (

    select
        metrics.counted_as as metric,
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', 'monthly.due_month', 'first_months.first_month'
        ) }} as period_start,
        monthly.dimension,
        monthly.dimension_value,
        monthly.met,
        monthly.breached,
        monthly.running
    from monthly
    inner join metrics
        on monthly.metric = metrics.metric
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('monthly', 'due_month') }} as first_months

)

select
    metric,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(sum(met) as bigint) as met,
    cast(sum(breached) as bigint) as breached,
    cast(sum(running) as bigint) as running
from in_periods
group by metric, period_grain, period_start, dimension, dimension_value
having sum(met + breached + running) > 0
