-- One row per period and breakdown with churn events: what left with the customers beside their revenue, the value of
-- customers like them (METRICS §5, docs/decisions/011) and the warning they had given.
{%- set dimensions = ['segment'] %}
with

events as (

    select
        customer_id,
        spell_number,
        coalesce(segment, 'unknown') as segment,
        churn_date,
        churned_at
    from {{ ref('fct_churn_events') }}

),

clock as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

-- A value of few customers would be an accident of theirs.
segment_values as (

    select
        dimension_value as segment,
        value_before_cost
    from {{ ref('int_customer_values') }}
    where
        period_grain = 'all'
        and dimension = 'segment'
        and customers >= {{ var('min_base_publish') }}

),

-- The answer that was the latest when the customer left, no older than a year (METRICS §8.1); of two scores of one
-- response the lower.
last_answers as (

    select
        events.customer_id,
        events.spell_number,
        answers.nps_class,
        row_number() over (
            partition by events.customer_id, events.spell_number
            order by answers.responded_at desc, answers.response_id desc, answers.score asc
        ) as recency
    from events
    inner join {{ ref('fct_survey_answers') }} as answers
        on events.customer_id = answers.customer_id
        and answers.responded_at <= events.churned_at
        and answers.responded_at > {{ dbt.dateadd('day', -365, 'events.churned_at') }}
    where
        answers.metric = 'nps'
        and answers.programme = 'relational'

),

described as (

    select
        grains.period_grain,
        {{ period_start(
            'grains.period_grain', "cast(date_trunc('month', events.churn_date) as date)", 'clock.first_month'
        ) }} as period_start,
        events.segment,
        segment_values.value_before_cost,
        last_answers.nps_class
    from events
    left join segment_values
        on events.segment = segment_values.segment
    left join last_answers
        on events.customer_id = last_answers.customer_id
        and events.spell_number = last_answers.spell_number
        and last_answers.recency = 1
    cross join {{ period_grains() }} as grains
    cross join clock

),

sums as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as churned_customers,
        count(value_before_cost) as valued_customers,
        count(nps_class) as asked_customers,
        count(*) filter (where nps_class = 'detractor') as prior_detractors,
        cast(sum(cast(value_before_cost as decimal(28, 4))) as double precision) as value_lost
    from described
    {{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}

)

select
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(churned_customers as bigint) as base,
    cast(churned_customers as bigint) as churned_customers,
    cast(valued_customers as bigint) as valued_customers,
    cast(churned_customers - valued_customers as bigint) as unvalued_customers,
    cast(asked_customers as bigint) as asked_customers,
    cast(prior_detractors as bigint) as prior_detractors,
    case
        when valued_customers > 0 and (dimension = 'total' or valued_customers >= {{ var('min_base_money') }})
            then value_lost
    end as value_lost,
    {{ publish_status(
        'churned_customers',
        'churned_customers < ' ~ var('min_base_publish'),
        is_immature('period_grain', 'period_start'),
    ) }} as publish_status
from sums
