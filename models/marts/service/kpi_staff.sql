-- One row per metric, quarter and employee, team or office: its share beside what its mix of work would give
-- anybody, pulled towards everybody's share, and whether it lies outside what chance explains (METRICS §10.1).
-- Nothing here is a rank. Sums of real numbers are of decimals, so that their order does not matter.
{%- set family = ['metric', 'period_start', 'dimension'] %}
with

outcomes as (

    select
        metric,
        cast(date_trunc('quarter', outcome_date) as date) as period_start,
        case when not is_automated then employee_id end as employee,
        nullif(team, 'unknown') as team,
        nullif(office, 'unknown') as office,
        channel,
        topic,
        priority,
        case when is_positive then 1 else 0 end as positive
    from {{ ref('fct_staff_outcomes') }}

),

companies as (

    select
        metric,
        period_start,
        {{ share('sum(positive)', 'count(*)') }} as company_rate
    from outcomes
    group by metric, period_start

),

strata as (

    select
        metric,
        period_start,
        channel,
        topic,
        priority,
        {{ share('sum(positive)', 'count(*)') }} as stratum_rate
    from outcomes
    group by metric, period_start, channel, topic, priority

),

memberships as (
    {% for dimension in ['employee', 'team', 'office'] %}
    select
        metric,
        period_start,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        channel,
        topic,
        priority,
        count(*) as answered_for,
        sum(positive) as positives
    from outcomes
    where {{ dimension }} is not null
    group by metric, period_start, {{ dimension }}, channel, topic, priority
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

units as (

    select
        memberships.metric,
        memberships.period_start,
        memberships.dimension,
        memberships.dimension_value,
        companies.company_rate,
        cast(sum(memberships.answered_for) as bigint) as base,
        cast(sum(memberships.positives) as bigint) as positives,
        cast(
            sum(cast(memberships.answered_for * strata.stratum_rate as decimal(28, 12))) as double precision
        ) as expected
    from memberships
    inner join strata
        on memberships.metric = strata.metric
        and memberships.period_start = strata.period_start
        and memberships.channel = strata.channel
        and memberships.topic = strata.topic
        and memberships.priority = strata.priority
    inner join companies
        on memberships.metric = companies.metric
        and memberships.period_start = companies.period_start
    group by
        memberships.metric, memberships.period_start, memberships.dimension, memberships.dimension_value,
        companies.company_rate

),

rated as (

    select
        *,
        {{ share('positives', 'base') }} as rate,
        positives / nullif(expected, 0) as observed_to_expected,
        positives / nullif(expected, 0) * company_rate as standardised_rate,
        {{ share('sum(positives) over of_family', 'sum(base) over of_family') }} as family_rate
    from units
    window of_family as (partition by {{ family | join(', ') }})

),

-- The prior from the moments of a one-way analysis of variance.
moments as (

    select
        {{ family | join(', ') }},
        cast(count(*) as double precision) as units,
        cast(sum(base) as double precision) as total,
        cast(sum(base * base) as double precision) as squares,
        cast(sum(cast(base * power(rate - family_rate, 2) as decimal(28, 12))) as double precision)
        / nullif(cast(count(*) as double precision) - 1, 0) as between_units,
        cast(sum(cast(base * rate * (1 - rate) as decimal(28, 12))) as double precision)
        / nullif(cast(sum(base) as double precision) - count(*), 0) as within_units
    from rated
    group by {{ family | join(', ') }}

),

correlated as (

    select
        *,
        (between_units - within_units) / nullif(
            between_units + ((total - squares / total) / nullif(units - 1, 0) - 1) * within_units, 0
        ) as correlation
    from moments

),

-- Each unit's distance from the centre in its own standard errors; none where its work gave nobody anything.
distances as (

    select
        rated.*,
        correlated.total,
        case when correlated.correlation > 0 then (1 - correlated.correlation) / correlated.correlation end
            as prior_weight,
        (rated.standardised_rate - rated.company_rate)
        / nullif(sqrt(rated.company_rate * (1 - rated.company_rate) / rated.base), 0) as distance
    from rated
    inner join correlated
        on rated.metric = correlated.metric
        and rated.period_start = correlated.period_start
        and rated.dimension = correlated.dimension

),

ordered as (

    select
        *,
        row_number() over (
            partition by {{ family | join(', ') }} order by distance nulls last, dimension_value
        ) as distance_order,
        count(distance) over of_family as distant_units,
        cast(sum(case when distance is not null then base end) over of_family as double precision) as distant_total,
        cast(sum(case when distance is not null then base * base end) over of_family as double precision)
            as distant_squares
    from distances
    window of_family as (partition by {{ family | join(', ') }})

),

-- The outermost tenths are drawn in from ten units on.
edges as (

    select
        {{ family | join(', ') }},
        max(case when distance_order = drawn_in + 1 then distance end) as lowest,
        max(case when distance_order = distant_units - drawn_in then distance end) as highest
    from (
        select
            *,
            case when distant_units >= 10 then floor(distant_units / 10.0) else 0 end as drawn_in
        from ordered
    ) as counted
    group by {{ family | join(', ') }}

),

dispersions as (

    select
        ordered.metric,
        ordered.period_start,
        ordered.dimension,
        cast(sum(cast(
            power(least(greatest(ordered.distance, edges.lowest), edges.highest), 2) as decimal(28, 12)
        )) as double precision) / count(*) as dispersion
    from ordered
    inner join edges
        on ordered.metric = edges.metric
        and ordered.period_start = edges.period_start
        and ordered.dimension = edges.dimension
    where ordered.distance is not null
    group by ordered.metric, ordered.period_start, ordered.dimension

),

spread as (

    select
        ordered.*,
        dispersions.dispersion,
        ordered.family_rate * ordered.prior_weight as prior_alpha,
        (1 - ordered.family_rate) * ordered.prior_weight as prior_beta,
        case
            when ordered.distant_units * dispersions.dispersion > ordered.distant_units - 1
                then
                    ordered.company_rate * (1 - ordered.company_rate)
                    * (ordered.distant_units * dispersions.dispersion - (ordered.distant_units - 1))
                    / nullif(ordered.distant_total - ordered.distant_squares / ordered.distant_total, 0)
        end as excess_variance
    from ordered
    left join dispersions
        on ordered.metric = dispersions.metric
        and ordered.period_start = dispersions.period_start
        and ordered.dimension = dispersions.dimension

),

-- Without variance between units beyond chance everybody's share is everybody's best estimate.
judged as (

    select
        *,
        coalesce(excess_variance, 0) as tau2,
        coalesce({{ shrunk_share('positives', 'base', 'prior_alpha', 'prior_beta') }}, family_rate) as shrunk_rate,
        coalesce(
            {{ shrunk_low('positives', 'base', 'prior_alpha', 'prior_beta') }},
            {{ wilson_low('family_rate * total', 'total') }}
        ) as shrunk_ci_low,
        coalesce(
            {{ shrunk_high('positives', 'base', 'prior_alpha', 'prior_beta') }},
            {{ wilson_high('family_rate * total', 'total') }}
        ) as shrunk_ci_high,
        {% for coverage in funnel_quantiles() -%}
        {{ funnel_low('company_rate', 'base', 'coalesce(excess_variance, 0)', coverage) }} as funnel_low_{{ coverage }},
        {{ funnel_high('company_rate', 'base', 'coalesce(excess_variance, 0)', coverage) }}
            as funnel_high_{{ coverage }},
        {% endfor -%}
        'quarter' as period_grain,
        base < {{ var('agent_min_base') }} as is_small
    from spread

)

select
    {% for number in [
        'rate', 'company_rate', 'expected', 'observed_to_expected', 'standardised_rate', 'shrunk_rate', 'shrunk_ci_low',
        'shrunk_ci_high', 'prior_alpha', 'prior_beta', 'funnel_low_95', 'funnel_high_95', 'funnel_low_998',
        'funnel_high_998', 'dispersion', 'tau2',
    ] -%}
    case when not is_small then {{ number }} end as {{ number }},
    {% endfor -%}
    cast(metric as {{ dbt.type_string() }}) as metric,
    cast(period_grain as {{ dbt.type_string() }}) as period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    dimension_value,
    case
        when not is_small
            then {{ funnel_side('standardised_rate', 'company_rate', 'base', 'tau2', '998') }}
    end as status,
    {{ publish_status('base', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    base
from judged
