-- One row per start cohort, breakdown and day of tenure on which a first relationship came under observation or left
-- it: all that survival curves are made of (METRICS §3.6). Cohorts are months, quarters and years of the first paid
-- start, and all together; only the segment and the channel that won the customer break the smaller ones down.
{%- set dimensions = churn_life_dimensions() %}
{%- set cohort_dimensions = ['segment', 'acquisition_channel'] %}
{%- set counts = [
    'entered', 'left_risk', 'churned', 'churned_voluntary', 'churned_involuntary', 'followed', 'left_early',
] %}
with

first_month as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

lives as (

    select
        *,
        cast(date_trunc('month', started_date) as date) as cohort_month
    from {{ ref('int_survival_lives') }}

),

moments as (

    select
        {% for dimension in dimensions %}{{ dimension }}, {% endfor %}
        cohort_month,
        exit_day as tenure_days,
        0 as entered,
        1 as left_risk,
        churned,
        churned_voluntary,
        churned_involuntary,
        followed,
        left_early
    from lives

    union all

    select
        {% for dimension in dimensions %}{{ dimension }}, {% endfor %}
        cohort_month,
        entry_day as tenure_days,
        1 as entered,
        0 as left_risk,
        0 as churned,
        0 as churned_voluntary,
        0 as churned_involuntary,
        0 as followed,
        0 as left_early
    from lives

),

all_days as (

    select
        {% for count in counts -%}
        sum(moments.{{ count }}) as {{ count }},
        {% endfor -%}
        cast('all' as {{ dbt.type_string() }}) as period_grain,
        first_month.first_month as period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        moments.tenure_days
    from moments
    cross join first_month
    {{ group_by_breakdowns(['first_month.first_month', 'moments.tenure_days'], dimensions) }}

),

month_days as (

    select
        {% for count in counts -%}
        sum({{ count }}) as {{ count }},
        {% endfor -%}
        cohort_month,
        {{ cohort_dimensions | join(', ') }},
        tenure_days
    from moments
    group by cohort_month, {{ cohort_dimensions | join(', ') }}, tenure_days

),

cohort_days as (

    select
        grains.period_grain,
        {{ period_start('grains.period_grain', 'month_days.cohort_month', 'month_days.cohort_month') }} as period_start,
        month_days.*
    from month_days
    cross join {{ period_grains() }} as grains
    where grains.period_grain <> 'all'

),

days as (

    select * from all_days

    union all

    select
        {% for count in counts -%}
        sum({{ count }}) as {{ count }},
        {% endfor -%}
        period_grain,
        period_start,
        {{ breakdown_dimension(cohort_dimensions) }} as dimension,
        {{ breakdown_value(cohort_dimensions) }} as dimension_value,
        tenure_days
    from cohort_days
    {{ group_by_breakdowns(['period_grain', 'period_start', 'tenure_days'], cohort_dimensions) }}

)

select
    {% for count in counts -%}
    cast({{ count }} as bigint) as {{ count }},
    {% endfor -%}
    period_grain,
    period_start,
    dimension,
    dimension_value,
    cast(tenure_days as bigint) as tenure_days
from days
