-- One row per period of entry and later step of the customer's way: of those who had taken all steps before it in
-- order, how many took it, within journey_window_days of the first (METRICS §6.2). The steps are the stages that
-- customers' contacts were seen in, in the order of journey_stages; a customer enters once in a period, at the first
-- contact of the first step, and counts once the window is over.
{%- set steps = journey_steps() %}
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

stages as (

    select * from {{ ref('journey_stages') }}

),

visits as (

    select
        touchpoints.customer_id,
        stages.stage,
        stages.stage_order,
        touchpoints.occurred_at
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join stages as named_stages
        on lower(touchpoints.stage) = named_stages.name
    left join stages as named_touchpoints
        on lower(touchpoints.touchpoint) = named_touchpoints.name
    inner join stages
        on {{ journey_stage('touchpoints', 'named_stages', 'named_touchpoints') }} = stages.name
    where
        touchpoints.customer_id is not null
        and stages.is_step

),

steps as (

    select
        stage,
        row_number() over (order by stage_order, stage) as step_number,
        count(*) over () as step_count
    from (
        select distinct
            stage,
            stage_order
        from visits
    ) as stages_seen

),

numbered_visits as (

    select
        visits.customer_id,
        visits.occurred_at,
        steps.step_number
    from visits
    inner join steps
        on visits.stage = steps.stage

),

-- The first entry of a quarter or a year is the first of its month.
entries as (

    select
        customer_id,
        cast(date_trunc('month', {{ reporting_date('occurred_at') }}) as date) as entry_month,
        min(occurred_at) as reached_1_at
    from numbered_visits
    where step_number = 1
    group by customer_id, cast(date_trunc('month', {{ reporting_date('occurred_at') }}) as date)

),

walked_1 as (

    select
        entries.customer_id,
        entries.entry_month,
        entries.reached_1_at,
        visits.step_number,
        visits.occurred_at
    from entries
    cross join clock
    left join numbered_visits as visits
        on entries.customer_id = visits.customer_id
        and visits.step_number > 1
        and visits.occurred_at >= entries.reached_1_at
        and visits.occurred_at <= {{ dbt.dateadd('day', var('journey_window_days'), 'entries.reached_1_at') }}
    where {{ dbt.dateadd('day', var('journey_window_days'), 'entries.reached_1_at') }} <= clock.as_of

),
{% for step in steps[1:] %}
walked_{{ step }} as (

    select
        walked_{{ step - 1 }}.*,
        min(case when step_number = {{ step }} and occurred_at >= reached_{{ step - 1 }}_at then occurred_at end) over (
            partition by customer_id, entry_month
        ) as reached_{{ step }}_at
    from walked_{{ step - 1 }}

),
{% endfor %}
walks as (

    select
        customer_id,
        entry_month,
        {%- for step in steps %}
        min(reached_{{ step }}_at) as reached_{{ step }}_at,
        {%- endfor %}
        count(*) as visits
    from walked_{{ steps[-1] }}
    group by customer_id, entry_month

),

in_periods as (

    select
        walks.*,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'walks.entry_month', 'first_months.first_month') }}
            as period_start
    from walks
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('walks', 'entry_month') }} as first_months

),

entered as (

    select
        *,
        row_number() over (
            partition by customer_id, period_grain, period_start order by reached_1_at
        ) as entry_number
    from in_periods

),

counts as (

    select
        period_grain,
        period_start,
        {%- for step in steps %}
        count(reached_{{ step }}_at) as reached_{{ step }},
        {%- endfor %}
        count(*) as walks
    from entered
    where entry_number = 1
    group by period_grain, period_start

)

select
    counts.period_grain,
    counts.period_start,
    steps.stage,
    steps.step_number,
    case steps.step_number
        {%- for step in steps[1:] %}
        when {{ step }} then counts.reached_{{ step - 1 }}
        {%- endfor %}
    end as reached_before,
    case steps.step_number
        {%- for step in steps[1:] %}
        when {{ step }} then counts.reached_{{ step }}
        {%- endfor %}
    end as reached,
    counts.reached_1 as entered,
    steps.step_number = steps.step_count as is_last
from counts
inner join steps
    on steps.step_number between 2 and {{ steps[-1] }}
