-- One row per start cohort and breakdown: what a customer of it pays a year, what winning it cost and what it
-- brought so far (METRICS §5). Of subscribers, by the first paid day; revenue is that of the first relationship, per
-- year of it, pauses included, as survival counts them.
{%- set dimensions = ['segment', 'acquisition_channel'] %}
with

clock as (

    select
        as_of_date,
        cast(date_trunc('month', first_date) as date) as first_month
    from {{ ref('int_build_clock') }}

),

first_relationships as (

    select
        states.customer_id,
        min(states.from_date) as started_date,
        sum(states.mrr * {{ dbt.datediff(
            'states.from_date', 'least(states.to_date, clock.as_of_date)', 'day'
        ) }}) as mrr_days,
        sum({{ dbt.datediff('states.from_date', 'least(states.to_date, clock.as_of_date)', 'day') }}) as days
    from {{ ref('int_customer_states') }} as states
    cross join clock
    where states.spell_number = 1
    group by states.customer_id

),

customers as (

    select
        lives.segment,
        lives.acquisition_channel,
        first_relationships.mrr_days,
        first_relationships.days,
        revenues.acquisition_cost,
        revenues.clv_historic,
        cast(date_trunc('month', first_relationships.started_date) as date) as cohort_month
    from {{ ref('int_survival_lives') }} as lives
    inner join first_relationships
        on lives.customer_id = first_relationships.customer_id
    inner join {{ ref('int_customer_revenues') }} as revenues
        on lives.customer_id = revenues.customer_id

),

months as (

    select
        cohort_month,
        {{ dimensions | join(', ') }},
        count(*) as customers,
        sum(mrr_days) as mrr_days,
        sum(days) as days,
        count(acquisition_cost) as customers_with_cost,
        sum(acquisition_cost) as acquisition_cost,
        count(clv_historic) as customers_with_value,
        sum(clv_historic) as historic_value,
        sum(clv_historic * clv_historic) as historic_squares
    from customers
    group by cohort_month, {{ dimensions | join(', ') }}

),

cohorts as (

    select
        grains.period_grain,
        {{ period_start('grains.period_grain', 'months.cohort_month', 'clock.first_month') }} as period_start,
        months.*
    from months
    cross join {{ period_grains() }} as grains
    cross join clock

)

select
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    cast(sum(customers) as bigint) as customers,
    cast(sum(mrr_days) as double precision) / nullif(cast(sum(days) as double precision), 0) * 12 as annual_revenue,
    cast(sum(customers_with_cost) as bigint) as customers_with_cost,
    {{ share('sum(acquisition_cost)', 'sum(customers_with_cost)') }} as acquisition_cost,
    cast(sum(customers_with_value) as bigint) as customers_with_value,
    cast(sum(historic_value) as double precision) as historic_value,
    cast(sum(historic_squares) as double precision) as historic_squares
from cohorts
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
