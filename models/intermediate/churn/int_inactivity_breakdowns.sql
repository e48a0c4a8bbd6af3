-- One row per scenario, period and breakdown: buyers active at the period's start, and how many of them are gone at
-- its end (METRICS §3.7), point to point as in §3.1. Every opening is the first of a month, so who is active there
-- follows from the months in which spells are entered and left, summed up; of those, the ones that lapse are found
-- from the period their spell ends in. No buyer has a row for each period it lives through.
{%- set dimensions = ['segment', 'persona', 'region', 'country', 'acquisition_channel'] %}
{%- set counts = ['active_customers', 'kept_customers', 'lapses', 'returns'] %}
{%- set month_counts = ['entered', 'lapses', 'returns'] %}
with

clock as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

periods as (

    select *
    from {{ ref('int_churn_periods') }}
    where has_begun

),

spells as (

    select
        *,
        coalesce(churn_date, date '9999-12-31') as to_date
    from {{ ref('int_buying_spells') }}

),

-- Cut where an attribute of the customer changes (CLARIFICATIONS D7).
pieces as (

    select
        spells.scenario,
        spells.customer_id,
        spells.spell_number,
        coalesce(attributes.segment, 'unknown') as segment,
        coalesce(attributes.persona, 'unknown') as persona,
        coalesce(attributes.region, 'unknown') as region,
        coalesce(attributes.country, 'unknown') as country,
        coalesce(customers.acquisition_channel, 'unknown') as acquisition_channel,
        spells.churn_date,
        spells.returned_date,
        spells.started_date,
        spells.to_date as spell_to_date,
        greatest(spells.started_date, coalesce(attributes.valid_from, spells.started_date)) as from_date,
        least(spells.to_date, coalesce(attributes.valid_to, spells.to_date)) as to_date
    from spells
    left join {{ ref('int_customer_attributes') }} as attributes
        on spells.customer_id = attributes.customer_id
        and spells.started_date < attributes.valid_to
        and spells.to_date > attributes.valid_from
    left join {{ ref('stg_crm__customers') }} as customers
        on spells.customer_id = customers.customer_id

),

-- The first opening that a piece holds, and the first that it no longer holds.
stock_changes as (
    {% for date, change in {'from_date': 1, 'to_date': -1}.items() %}
    select
        scenario,
        {{ dimensions | join(', ') }},
        cast({{ dbt.dateadd('month', 1, "date_trunc('month', " ~ date_plus(date, -1) ~ ")") }} as date) as month,
        {{ change }} * count(*) as entered,
        0 as lapses,
        0 as returns
    from pieces
    where {{ date }} < date '9999-12-31'
    group by scenario, {{ dimensions | join(', ') }}, month
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Events are as the customer was the day before the churn, or on the day it came back.
events as (

    select
        scenario,
        {{ dimensions | join(', ') }},
        cast(date_trunc('month', churn_date) as date) as month,
        0 as entered,
        count(*) as lapses,
        0 as returns
    from pieces
    where
        churn_date is not null
        and to_date = spell_to_date
    group by scenario, {{ dimensions | join(', ') }}, month

    union all

    select
        scenario,
        {{ dimensions | join(', ') }},
        cast(date_trunc('month', started_date) as date) as month,
        0 as entered,
        0 as lapses,
        count(*) as returns
    from pieces
    where
        spell_number > 1
        and from_date = started_date
    group by scenario, {{ dimensions | join(', ') }}, month

),

month_sums as (

    select
        {% for count in month_counts -%}
        sum({{ count }}) as {{ count }},
        {% endfor -%}
        scenario,
        month,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value
    from (
        select * from stock_changes
        union all
        select * from events
    ) as changes
    {{ group_by_breakdowns(['scenario', 'month'], dimensions) }}

),

-- Spells that end in a period and were there at its opening, as the customer was at the opening.
lost as (
    {% for grain in ['month', 'quarter', 'year', 'all'] %}
    select
        pieces.scenario,
        {{ dimensions | join(', ') }},
        pieces.customer_id,
        pieces.spell_number,
        periods.period_grain,
        periods.period_start,
        periods.closing_date,
        coalesce(pieces.returned_date <= periods.closing_date, false) as is_back
    from pieces
    inner join periods
        on
        periods.period_grain = '{{ grain }}'
        and {{ period_start(
            "'" ~ grain ~ "'", date_plus('pieces.churn_date', -1), '(select first_month from clock)'
        ) }} = periods.period_start
    where
        pieces.from_date <= periods.opening_date
        and pieces.to_date > periods.opening_date
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Whoever lapsed and came back within the period is there at both of its ends.
changes_of_openings as (

    select
        scenario,
        {{ dimensions | join(', ') }},
        period_grain,
        period_start,
        -count(*) as kept
    from lost
    group by scenario, {{ dimensions | join(', ') }}, period_grain, period_start

    union all

    select
        lost.scenario,
        {{ dimensions | join(', ') }},
        lost.period_grain,
        lost.period_start,
        count(*) as kept
    from lost
    inner join spells
        on lost.scenario = spells.scenario
        and lost.customer_id = spells.customer_id
        and lost.spell_number < spells.spell_number
        and lost.closing_date >= spells.started_date
        and lost.closing_date < spells.to_date
    where lost.is_back
    group by lost.scenario, {{ dimensions | join(', ') }}, lost.period_grain, lost.period_start

),

kept_sums as (

    select
        scenario,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        0 as active_customers,
        sum(kept) as kept_customers,
        0 as lapses,
        0 as returns
    from changes_of_openings
    {{ group_by_breakdowns(['scenario', 'period_grain', 'period_start'], dimensions) }}

),

opening_sums as (

    select
        month_sums.scenario,
        periods.period_grain,
        periods.period_start,
        month_sums.dimension,
        month_sums.dimension_value,
        sum(month_sums.entered) as active_customers,
        sum(month_sums.entered) as kept_customers,
        0 as lapses,
        0 as returns
    from periods
    inner join month_sums
        on periods.opening_date >= month_sums.month
    group by
        month_sums.scenario, periods.period_grain, periods.period_start, month_sums.dimension,
        month_sums.dimension_value

),

event_sums as (

    select
        month_sums.scenario,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'month_sums.month', 'clock.first_month') }} as period_start,
        month_sums.dimension,
        month_sums.dimension_value,
        0 as active_customers,
        0 as kept_customers,
        month_sums.lapses,
        month_sums.returns
    from month_sums
    cross join {{ period_grains() }} as grains
    cross join clock

),

sums as (
    {% for part in ['opening_sums', 'kept_sums', 'event_sums'] %}
    select
        {% for count in counts -%}
        {{ count }},
        {% endfor -%}
        scenario,
        period_grain,
        period_start,
        dimension,
        dimension_value
    from {{ part }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {% for count in counts -%}
    cast(sum({{ count }}) as bigint) as {{ count }},
    {% endfor -%}
    scenario,
    period_grain,
    period_start,
    dimension,
    dimension_value
from sums
group by scenario, period_grain, period_start, dimension, dimension_value
having sum(active_customers) > 0 or sum(lapses) > 0 or sum(returns) > 0
