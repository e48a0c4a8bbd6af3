-- One row per scenario, period and breakdown: buyers active at the period's start, and how many of them are gone at
-- its end (METRICS §3.7), point to point as in §3.1. A spell counts in a period where it holds both ends of it; a
-- customer that lapsed and came back within it is found through the pair of its spells.
{%- set dimensions = ['segment', 'persona', 'region', 'country', 'acquisition_channel'] %}
{%- set counts = ['active_customers', 'kept_customers', 'lapses', 'returns'] %}
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

openings as (

    select
        pieces.scenario,
        {{ dimensions | join(', ') }},
        periods.period_grain,
        periods.period_start,
        count(*) as active_customers,
        count(*) filter (where pieces.spell_to_date > periods.closing_date) as kept_customers
    from pieces
    inner join periods
        on pieces.from_date <= periods.opening_date
        and pieces.to_date > periods.opening_date
    group by pieces.scenario, {{ dimensions | join(', ') }}, periods.period_grain, periods.period_start

),

returned as (

    select
        pieces.scenario,
        {{ dimensions | join(', ') }},
        periods.period_grain,
        periods.period_start,
        count(*) as kept_customers
    from pieces
    inner join spells
        on pieces.scenario = spells.scenario
        and pieces.customer_id = spells.customer_id
        and pieces.spell_number < spells.spell_number
    inner join periods
        on pieces.from_date <= periods.opening_date
        and pieces.to_date > periods.opening_date
        and spells.started_date <= periods.closing_date
        and spells.to_date > periods.closing_date
    group by pieces.scenario, {{ dimensions | join(', ') }}, periods.period_grain, periods.period_start

),

-- Events are as the customer was the day before the churn, or on the day it came back.
events as (

    select
        scenario,
        {{ dimensions | join(', ') }},
        churn_date as event_date,
        1 as lapses,
        0 as returns
    from pieces
    where
        churn_date is not null
        and to_date = spell_to_date

    union all

    select
        scenario,
        {{ dimensions | join(', ') }},
        started_date as event_date,
        0 as lapses,
        1 as returns
    from pieces
    where
        spell_number > 1
        and from_date = started_date

),

event_sums as (

    select
        events.scenario,
        {{ dimensions | join(', ') }},
        grains.period_grain,
        {{ period_start('grains.period_grain', 'events.event_date', 'clock.first_month') }} as period_start,
        sum(events.lapses) as lapses,
        sum(events.returns) as returns
    from events
    cross join {{ period_grains() }} as grains
    cross join clock
    group by {{ range(1, dimensions | length + 4) | join(', ') }}

),

{%- set parts = {
    'openings': ['active_customers', 'kept_customers'],
    'returned': ['kept_customers'],
    'event_sums': ['lapses', 'returns'],
} %}

sums as (
    {% for part, own in parts.items() %}
    select
        {% for count in counts -%}
        {{ count if count in own else '0 as ' ~ count }},
        {% endfor -%}
        scenario,
        {{ dimensions | join(', ') }},
        period_grain,
        period_start
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
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value
from sums
{{ group_by_breakdowns(['scenario', 'period_grain', 'period_start'], dimensions) }}
