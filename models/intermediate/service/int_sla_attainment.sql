-- One row per SLA metric (and `all` of them), due period and breakdown: every clock that is due counts as met
-- or breached, so none is left out for being slow (METRICS §4.4).
{%- set dimensions = ticket_dimensions() %}
with

outcomes as (

    select
        sla_outcomes.metric,
        sla_outcomes.outcome,
        {{ reporting_date('sla_outcomes.due_at') }} as due_date,
        sla_outcomes.due_at <= tickets.as_of as is_due,
        coalesce(sla_outcomes.priority, 'unknown') as priority,
        coalesce(tickets.team, 'unknown') as team,
        coalesce(tickets.office, 'unknown') as office,
        coalesce(tickets.channel, 'unknown') as channel,
        coalesce(tickets.topic, 'unknown') as topic,
        tickets.segment
    from {{ ref('fct_sla_outcomes') }} as sla_outcomes
    inner join {{ ref('int_tickets_measured') }} as tickets
        on sla_outcomes.ticket_id = tickets.ticket_id
    where sla_outcomes.due_at is not null

),

metrics as (

    select distinct
        metric,
        metric as counted_as
    from outcomes

    union all

    select distinct
        metric,
        'all' as counted_as
    from outcomes

),

in_periods as (

    select
        metrics.counted_as as metric,
        outcomes.outcome,
        outcomes.is_due,
        outcomes.team,
        outcomes.office,
        outcomes.channel,
        outcomes.priority,
        outcomes.topic,
        outcomes.segment,
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', 'outcomes.due_date', 'first_months.first_month'
        ) }} as period_start
    from outcomes
    inner join metrics
        on outcomes.metric = metrics.metric
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('outcomes', 'due_date') }} as first_months

)

select
    metric,
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) filter (where is_due and outcome = 'met') as met,
    count(*) filter (where is_due and outcome = 'breached') as breached,
    count(*) filter (where outcome = 'running') as running
from in_periods
{{ group_by_breakdowns(['metric', 'period_grain', 'period_start'], dimensions) }}
having
    count(*) filter (where is_due and outcome in ('met', 'breached')) > 0
    or count(*) filter (where outcome = 'running') > 0
