-- One row per period and breakdown with everything churn KPIs sum: opening customers as they were at the period's
-- start, churn events as the customer was the day before (CLARIFICATIONS D54). Sums of counts and decimals only, so
-- that breakdowns add up exactly, in any order. Each part is broken down by itself, with no more columns than it
-- has: there are as many combinations of attributes as a company has kinds of customers.
{%- set dimensions = churn_dimensions() %}
{#- What is summed of each part, and what it is called where a customer at rest is all of it at once. #}
{%- set parts = {
    'steady_sums': {
        'opening_customers': 'opening_customers', 'closing_customers': 'opening_customers',
        'covered_customers': 'covered_customers', 'opening_mrr': 'opening_mrr', 'kept_mrr': 'opening_mrr',
        'capped_mrr': 'opening_mrr', 'capped_mrr_ex_pause': 'opening_mrr', 'opening_squares': 'opening_squares',
        'opening_kept': 'opening_squares', 'kept_squares': 'opening_squares', 'opening_capped': 'opening_squares',
        'capped_squares': 'opening_squares',
    },
    'changed_sums': {},
    'churn_sums': {},
    'exposure_sums': {},
    'start_sums': {},
} %}
{%- for part, own in {
    'changed_sums': [
        'opening_customers', 'churned_customers', 'opening_mrr', 'churned_mrr', 'kept_mrr', 'capped_mrr',
        'capped_mrr_ex_pause', 'opening_squares', 'opening_kept', 'kept_squares', 'opening_capped',
        'capped_squares', 'covered_customers', 'closing_customers', 'provisional_customers', 'paused_customers',
    ],
    'churn_sums': [
        'churn_events', 'intra_period_churn', 'involuntary_churn', 'avoidable_churn', 'unknown_reasons',
        'winback_base', 'winbacks', 'paused_lost',
    ],
    'exposure_sums': ['days_28', 'days_29', 'days_30', 'days_31'],
    'start_sums': ['starts'],
}.items() %}
{%- for measure in own %}{% do parts[part].update({measure: measure}) %}{% endfor %}
{%- endfor %}
{%- set measures = [] %}
{%- for own in parts.values() %}
{%- for measure in own if measure not in measures %}{% do measures.append(measure) %}{% endfor %}
{%- endfor %}
with

clock as (

    select
        as_of_date,
        cast(date_trunc('month', first_date) as date) as first_month
    from {{ ref('int_build_clock') }}

),

-- Longer periods are recomputed from their own two ends, never added up from months.
steady_sums as (

    select
        period_grain,
        period_start,
        profile_id,
        tenure_band,
        paying_customers as opening_customers,
        mrr as opening_mrr,
        squares as opening_squares,
        covered_customers
    from {{ ref('int_steady_cells') }}

),

changed_sums as (

    select
        period_grain,
        period_start,
        profile_id,
        tenure_band,
        count(*) filter (where opening_mrr > 0) as opening_customers,
        count(*) filter (where movement = 'churn') as churned_customers,
        sum(opening_mrr) as opening_mrr,
        sum(case when movement = 'churn' then opening_mrr else 0 end) as churned_mrr,
        sum(case when opening_mrr > 0 then closing_mrr else 0 end) as kept_mrr,
        sum(least(closing_mrr, opening_mrr)) as capped_mrr,
        sum(
            case when movement = 'pause' then opening_mrr else least(closing_mrr, opening_mrr) end
        ) as capped_mrr_ex_pause,
        sum(opening_mrr * opening_mrr) as opening_squares,
        sum(opening_mrr * closing_mrr) as opening_kept,
        sum(case when opening_mrr > 0 then closing_mrr * closing_mrr else 0 end) as kept_squares,
        sum(opening_mrr * least(closing_mrr, opening_mrr)) as opening_capped,
        sum(least(closing_mrr, opening_mrr) * least(closing_mrr, opening_mrr)) as capped_squares,
        count(*) filter (where is_covered_at_opening) as covered_customers,
        count(*) filter (where closing_mrr > 0) as closing_customers,
        count(*) filter (where movement = 'churn' and is_provisional) as provisional_customers,
        count(*) filter (where movement = 'pause') as paused_customers
    from {{ ref('int_customer_period_changes') }}
    group by period_grain, period_start, profile_id, tenure_band

),

churns as (

    select
        churns.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'churns.churn_date', 'clock.first_month') }} as period_start,
        {{ date_plus('churns.churn_date', var('winback_days')) }} <= clock.as_of_date
        and not churns.is_provisional as is_winback_mature
    from {{ ref('int_churns') }} as churns
    cross join {{ period_grains() }} as grains
    cross join clock

),

churn_sums as (

    select
        period_grain,
        period_start,
        profile_id,
        tenure_band,
        count(*) as churn_events,
        count(*) filter (where started_date >= period_start) as intra_period_churn,
        count(*) filter (where churn_type = 'pause_expired') as paused_lost,
        count(*) filter (where churn_type = 'involuntary') as involuntary_churn,
        count(*) filter (where is_avoidable) as avoidable_churn,
        count(*) filter (where reason = 'unknown') as unknown_reasons,
        count(*) filter (where is_winback_mature) as winback_base,
        count(*) filter (
            where is_winback_mature and next_started_date <= {{ date_plus('churn_date', var('winback_days')) }}
        ) as winbacks
    from churns
    group by period_grain, period_start, profile_id, tenure_band

),

-- Time at risk is counted in days of each month, by the length of the month: a whole month is one customer-month.
-- A state covers whole months, which int_steady_cells counts, and parts of the months it begins and ends in.
states as (

    select
        states.profile_id,
        states.spell_started_date,
        states.from_date,
        least(states.to_date, clock.as_of_date) as to_date,
        states.to_date <= clock.as_of_date as is_ended,
        cast(date_trunc('month', states.from_date) as date) as first_month,
        cast(date_trunc('month', {{ date_plus('states.to_date', -1) }}) as date) as last_month
    from {{ ref('int_customer_state_profiles') }} as states
    cross join clock

),

part_months as (

    select
        first_month as month,
        profile_id,
        spell_started_date,
        from_date,
        to_date
    from states
    where from_date > first_month

    union all

    select
        last_month as month,
        profile_id,
        spell_started_date,
        greatest(from_date, last_month) as from_date,
        to_date
    from states
    where
        is_ended
        and (from_date <= first_month or last_month > first_month)

),

exposures as (

    select
        month,
        profile_id,
        {{ tenure_band('spell_started_date', 'from_date') }} as tenure_band,
        {{ dbt.datediff(
            'from_date', 'least(to_date, cast(' ~ dbt.dateadd('month', 1, 'month') ~ ' as date))', 'day'
        ) }} as days
    from part_months

    union all

    select
        steady.period_start as month,
        steady.profile_id,
        steady.tenure_band,
        steady.covered_customers * {{ dbt.datediff('periods.opening_date', 'periods.closing_date', 'day') }} as days
    from {{ ref('int_steady_cells') }} as steady
    inner join {{ ref('int_churn_periods') }} as periods
        on steady.period_grain = periods.period_grain
        and steady.period_start = periods.period_start
    where steady.period_grain = 'month'

),

exposed_days as (

    select
        month,
        profile_id,
        tenure_band,
        {{ dbt.datediff('month', dbt.dateadd('month', 1, 'month'), 'day') }} as month_days,
        days
    from exposures

),

-- Days add up over months, so longer periods are summed from these at the end.
exposure_sums as (

    select
        {% for length in [28, 29, 30, 31] -%}
        sum(case when month_days = {{ length }} then days else 0 end) as days_{{ length }},
        {% endfor -%}
        'month' as period_grain,
        month as period_start,
        profile_id,
        tenure_band
    from exposed_days
    group by month, profile_id, tenure_band

),

starts as (

    select
        grains.period_grain,
        {{ period_start('grains.period_grain', 'states.from_date', 'clock.first_month') }} as period_start,
        states.profile_id,
        states.from_date
    from states
    cross join {{ period_grains() }} as grains
    cross join clock
    where states.from_date = states.spell_started_date

),

start_sums as (

    select
        period_grain,
        period_start,
        profile_id,
        '00-02 months' as tenure_band,
        count(*) as starts
    from starts
    where from_date > period_start
    group by period_grain, period_start, profile_id

),

{% for part, own in parts.items() -%}
{{ part }}_described as (

    select
        cells.*,
        profiles.segment,
        profiles.persona,
        profiles.region,
        profiles.country,
        profiles.plan,
        profiles.product,
        profiles.acquisition_channel
    from {{ part }} as cells
    inner join {{ ref('int_churn_profiles') }} as profiles
        on cells.profile_id = profiles.profile_id

),

{{ part }}_breakdowns as (

    select
        {% for measure in own.values() | unique -%}
        sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value
    from {{ part }}_described
    {{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}

),

{% endfor -%}
pieces as (
    {% for part, own in parts.items() %}
    select
        {% for measure in measures -%}
        {{ 'sums.' ~ own[measure] if measure in own else '0' }} as {{ measure }},
        {% endfor -%}
        {% if part == 'exposure_sums' -%}
        grains.period_grain,
        {{ period_start('grains.period_grain', 'sums.period_start', 'clock.first_month') }} as period_start,
        {%- else -%}
        sums.period_grain,
        sums.period_start,
        {%- endif %}
        sums.dimension,
        sums.dimension_value
    from {{ part }}_breakdowns as sums
    {% if part == 'exposure_sums' -%}
    cross join {{ period_grains() }} as grains
    cross join clock
    {% endif -%}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {% for measure in measures -%}
    sum({{ measure }}) as {{ measure }},
    {% endfor -%}
    period_grain,
    period_start,
    dimension,
    dimension_value
from pieces
group by period_grain, period_start, dimension, dimension_value
