-- One row per period and channel, and for all channels: what was spent on winning customers and how many first paid
-- (METRICS §5, cac). The cost of whoever was won but never paid is in it; a cost stands cac_lag_months after the
-- customer was acquired, else in the month of its first payment.
{%- set dimensions = ['acquisition_channel'] %}
with

clock as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

payers as (

    select * from {{ ref('int_customer_revenues') }}

),

events as (

    select
        acquisition_channel,
        first_paid_date as event_date,
        cast(null as decimal(18, 4)) as acquisition_cost,
        1 as new_customers
    from payers

    union all

    select
        coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
        coalesce(
            cast({{ dbt.dateadd('month', var('cac_lag_months'), reporting_date('customers.acquired_at')) }} as date),
            payers.first_paid_date
        ) as event_date,
        customers.acquisition_cost,
        0 as new_customers
    from {{ ref('stg_crm__customers') }} as customers
    left join payers
        on customers.customer_id = payers.customer_id
    where
        customers.acquisition_cost is not null
        and not coalesce(customers.is_test, false)

),

months as (

    select
        acquisition_channel,
        cast(date_trunc('month', event_date) as date) as month,
        sum(acquisition_cost) as acquisition_cost,
        count(acquisition_cost) as customers_with_cost,
        sum(new_customers) as new_customers
    from events
    where event_date <= (select clock.as_of_date from {{ ref('int_build_clock') }} as clock)
    group by 1, 2

),

periods as (

    select
        grains.period_grain,
        {{ period_start('grains.period_grain', 'months.month', 'clock.first_month') }} as period_start,
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
    cast(sum(new_customers) as bigint) as new_customers,
    cast(sum(customers_with_cost) as bigint) as customers_with_cost,
    cast(sum(acquisition_cost) as decimal(18, 4)) as acquisition_cost
from periods
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
