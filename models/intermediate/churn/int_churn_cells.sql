-- One row per period, profile and tenure band with everything churn KPIs sum: opening customers as they were at
-- the period's start, churn events as the customer was the day before (CLARIFICATIONS D54). Sums of counts and
-- decimals only, so that breakdowns add up exactly, in any order.
{%- set measures = [
    'opening_customers', 'churned_customers', 'opening_mrr', 'churned_mrr', 'kept_mrr', 'capped_mrr',
    'capped_mrr_ex_pause', 'opening_squares', 'opening_kept', 'kept_squares', 'opening_capped', 'capped_squares',
    'churn_events', 'intra_period_churn', 'starts', 'covered_customers', 'days_28', 'days_29', 'days_30', 'days_31',
    'involuntary_churn', 'avoidable_churn', 'unknown_reasons', 'winback_base', 'winbacks',
] %}
with

clock as (

    select
        as_of_date,
        cast(date_trunc('month', first_date) as date) as first_month
    from {{ ref('int_build_clock') }}

),

months as (

    select * from {{ ref('int_customer_months') }}

),

-- A month has its own table; longer periods are recomputed from their two ends, never added up from months.
openings as (

    select
        'month' as period_grain,
        month as period_start,
        profile_id,
        tenure_band,
        opening_mrr,
        closing_mrr,
        is_paused_at_opening,
        is_paused_at_closing
    from months
    where opening_mrr > 0 or is_paused_at_opening

    union all

    select
        periods.period_grain,
        periods.period_start,
        opened.profile_id,
        opened.tenure_band,
        opened.mrr as opening_mrr,
        coalesce(closed.mrr, 0) as closing_mrr,
        opened.is_paused as is_paused_at_opening,
        coalesce(closed.is_paused, false) as is_paused_at_closing
    from {{ ref('int_churn_periods') }} as periods
    inner join {{ ref('int_customer_boundaries') }} as opened
        on periods.opening_date = opened.boundary_date
    left join {{ ref('int_customer_boundaries') }} as closed
        on opened.customer_id = closed.customer_id
        and periods.closing_date = closed.boundary_date
    where periods.period_grain <> 'month'

),

opening_sums as (

    select
        period_grain,
        period_start,
        profile_id,
        tenure_band,
        count(*) filter (where opening_mrr > 0) as opening_customers,
        count(*) filter (where opening_mrr > 0 and closing_mrr = 0 and not is_paused_at_closing) as churned_customers,
        sum(opening_mrr) as opening_mrr,
        sum(case when closing_mrr = 0 and not is_paused_at_closing then opening_mrr else 0 end) as churned_mrr,
        sum(case when opening_mrr > 0 then closing_mrr else 0 end) as kept_mrr,
        sum(least(closing_mrr, opening_mrr)) as capped_mrr,
        sum(
            case when is_paused_at_closing then opening_mrr else least(closing_mrr, opening_mrr) end
        ) as capped_mrr_ex_pause,
        sum(opening_mrr * opening_mrr) as opening_squares,
        sum(opening_mrr * closing_mrr) as opening_kept,
        sum(case when opening_mrr > 0 then closing_mrr * closing_mrr else 0 end) as kept_squares,
        sum(opening_mrr * least(closing_mrr, opening_mrr)) as opening_capped,
        sum(least(closing_mrr, opening_mrr) * least(closing_mrr, opening_mrr)) as capped_squares,
        count(*) as covered_customers
    from openings
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
exposures as (

    select
        cast(date_trunc('month', boundary_date) as date) as month,
        boundary_date as from_date,
        profile_id,
        tenure_band,
        spell_ended_date,
        0 as is_start
    from {{ ref('int_customer_boundaries') }}
    where boundary_date = cast(date_trunc('month', boundary_date) as date)

    union all

    select
        cast(date_trunc('month', states.spell_started_date) as date) as month,
        states.spell_started_date as from_date,
        states.profile_id,
        '00-02 months' as tenure_band,
        states.spell_ended_date,
        1 as is_start
    from {{ ref('int_customer_state_profiles') }} as states
    where
        states.from_date = states.spell_started_date
        and states.spell_started_date <> cast(date_trunc('month', states.spell_started_date) as date)

),

exposed_days as (

    select
        exposures.month,
        exposures.profile_id,
        exposures.tenure_band,
        exposures.is_start,
        {{ dbt.datediff('exposures.month', dbt.dateadd('month', 1, 'exposures.month'), 'day') }} as month_days,
        {{ dbt.datediff(
            'exposures.from_date',
            'least(exposures.spell_ended_date, cast(' ~ dbt.dateadd('month', 1, 'exposures.month') ~ ' as date), clock.as_of_date)',
            'day'
        ) }} as days
    from exposures
    cross join clock

),

monthly_exposures as (

    select
        month,
        profile_id,
        tenure_band,
        sum(is_start) as starts,
        {% for length in [28, 29, 30, 31] -%}
        sum(case when month_days = {{ length }} then days else 0 end) as days_{{ length }}{{ ',' if not loop.last }}
        {% endfor %}
    from exposed_days
    group by month, profile_id, tenure_band

),

exposure_sums as (

    select
        grains.period_grain,
        {{ period_start('grains.period_grain', 'monthly_exposures.month', 'clock.first_month') }} as period_start,
        monthly_exposures.profile_id,
        monthly_exposures.tenure_band,
        monthly_exposures.starts,
        {% for length in [28, 29, 30, 31] -%}
        monthly_exposures.days_{{ length }}{{ ',' if not loop.last }}
        {% endfor %}
    from monthly_exposures
    cross join {{ period_grains() }} as grains
    cross join clock

),

{%- set parts = {
    'opening_sums': [
        'opening_customers', 'churned_customers', 'opening_mrr', 'churned_mrr', 'kept_mrr', 'capped_mrr',
        'capped_mrr_ex_pause', 'opening_squares', 'opening_kept', 'kept_squares', 'opening_capped',
        'capped_squares', 'covered_customers',
    ],
    'churn_sums': [
        'churn_events', 'intra_period_churn', 'involuntary_churn', 'avoidable_churn', 'unknown_reasons',
        'winback_base', 'winbacks',
    ],
    'exposure_sums': ['starts', 'days_28', 'days_29', 'days_30', 'days_31'],
} %}

pieces as (
    {% for part, own in parts.items() %}
    select
        period_grain,
        period_start,
        profile_id,
        tenure_band,
        {%- for measure in measures %}
        {{ measure if measure in own else '0 as ' ~ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ part }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    period_grain,
    period_start,
    profile_id,
    tenure_band,
    {%- for measure in measures %}
    sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
from pieces
group by period_grain, period_start, profile_id, tenure_band
