-- One row per customer and period whose opening and closing are in two different states, or in one and none: what
-- movements are read from (METRICS §3.2, CLARIFICATIONS D52 and D53). Found from the ends of the states alone: the
-- period of the last day before a change is the one the change falls in. Periods that open and close in one state
-- are in int_steady_cells and need no row here. A view: its readers take a grain or sum it, and writing it costs more.
{{ config(materialized='view') }}

with

clock as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

periods as (

    select * from {{ ref('int_churn_periods') }}

),

states as (

    select * from {{ ref('int_customer_state_profiles') }}

),

-- One branch a grain, so that a period is looked up by equality and not searched for.
ends as (
    {% for grain in ['month', 'quarter', 'year', 'all'] %}
    select
        states.customer_id,
        states.profile_id,
        states.spell_started_date,
        states.mrr,
        states.is_paused,
        states.from_date,
        states.to_date,
        '{{ grain }}' as period_grain,
        {{ period_start("'" ~ grain ~ "'", date_plus('states.to_date', -1), '(select first_month from clock)') }}
            as period_start
    from states
    where states.to_date < date '9999-12-31'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

begins as (
    {% for grain in ['month', 'quarter', 'year', 'all'] %}
    select
        states.customer_id,
        states.profile_id,
        states.spell_started_date,
        states.mrr,
        states.is_paused,
        states.from_date,
        states.to_date,
        '{{ grain }}' as period_grain,
        {{ period_start("'" ~ grain ~ "'", date_plus('states.from_date', -1), '(select first_month from clock)') }}
            as period_start
    from states
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

openings as (

    select
        ends.customer_id,
        periods.period_grain,
        periods.period_start,
        periods.closing_date,
        ends.profile_id,
        {{ tenure_band('ends.spell_started_date', 'periods.opening_date') }} as tenure_band,
        ends.mrr,
        ends.is_paused
    from ends
    inner join periods
        on ends.period_grain = periods.period_grain
        and ends.period_start = periods.period_start
    where
        ends.from_date <= periods.opening_date
        and ends.to_date > periods.opening_date

),

closings as (

    select
        begins.customer_id,
        periods.period_grain,
        periods.period_start,
        periods.closing_date,
        begins.profile_id,
        {{ tenure_band('begins.spell_started_date', 'periods.closing_date') }} as tenure_band,
        begins.mrr,
        begins.is_paused
    from begins
    inner join periods
        on begins.period_grain = periods.period_grain
        and begins.period_start = periods.period_start
    where
        begins.from_date > periods.opening_date
        and begins.to_date > periods.closing_date

),

first_payments as (

    select
        customer_id,
        started_date as first_paid_date
    from {{ ref('int_paying_spells') }}
    where spell_number = 1

),

-- Of a customer the last relationship alone can still be renewed within the grace.
provisional_ends as (

    select
        customer_id,
        ended_date
    from {{ ref('int_paying_spells') }}
    where is_provisional

),

customer_periods as (

    select
        coalesce(openings.customer_id, closings.customer_id) as customer_id,
        coalesce(openings.period_grain, closings.period_grain) as period_grain,
        coalesce(openings.period_start, closings.period_start) as period_start,
        coalesce(openings.closing_date, closings.closing_date) as closing_date,
        -- A customer is what it was at the opening; one that was not there, what it is at the closing.
        coalesce(openings.profile_id, closings.profile_id) as profile_id,
        coalesce(openings.tenure_band, closings.tenure_band) as tenure_band,
        cast(coalesce(openings.mrr, 0) as decimal(18, 4)) as opening_mrr,
        cast(coalesce(closings.mrr, 0) as decimal(18, 4)) as closing_mrr,
        openings.customer_id is not null as is_covered_at_opening,
        coalesce(openings.is_paused, false) as is_paused_at_opening,
        coalesce(closings.is_paused, false) as is_paused_at_closing
    from openings
    full outer join closings
        on openings.customer_id = closings.customer_id
        and openings.period_grain = closings.period_grain
        and openings.period_start = closings.period_start

)

select
    customer_periods.*,
    case
        when customer_periods.opening_mrr > 0 and customer_periods.closing_mrr > customer_periods.opening_mrr
            then 'expansion'
        when customer_periods.opening_mrr > 0 and customer_periods.closing_mrr = customer_periods.opening_mrr
            then 'retained'
        when customer_periods.opening_mrr > 0 and customer_periods.closing_mrr > 0 then 'contraction'
        when customer_periods.opening_mrr > 0 and customer_periods.is_paused_at_closing then 'pause'
        when customer_periods.opening_mrr > 0 then 'churn'
        when customer_periods.closing_mrr > 0 and customer_periods.is_paused_at_opening then 'resume'
        -- Service that begins with the first second after the period is in its closing: it never paid before.
        when
            customer_periods.closing_mrr > 0
            and first_payments.first_paid_date > customer_periods.period_start then 'new'
        when customer_periods.closing_mrr > 0 then 'reactivation'
    end as movement,
    coalesce(
        provisional_ends.ended_date > customer_periods.period_start
        and provisional_ends.ended_date <= customer_periods.closing_date, false
    ) as is_provisional
from customer_periods
inner join first_payments
    on customer_periods.customer_id = first_payments.customer_id
left join provisional_ends
    on customer_periods.customer_id = provisional_ends.customer_id
