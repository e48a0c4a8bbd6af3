-- One row per web metric, period and breakdown with a base: what the subject hands to kpi_metric_values (METRICS §6.3).
-- Where a visit came from is its channel, the part of the site it began in its touchpoint (CLARIFICATIONS C2).
{%- set dimensions = ['segment', 'country', 'channel', 'touchpoint'] %}
{%- set keys = ['metric', 'period_grain', 'period_start'] %}
{{ config(access='protected') }}
with

sessions as (

    select
        *,
        source as channel,
        page_group as touchpoint
    from {{ ref('int_web_sessions') }}
    where exclusion is null

),

sessions_in_periods as (

    select
        sessions.*,
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', 'sessions.started_date', 'first_months.first_month'
        ) }} as period_start
    from sessions
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('sessions', 'started_date') }} as first_months

),

-- A visitor is in each period with a visit, and in the groups of the first one.
users as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, user_id order by started_at, session_id
        ) as session_rank,
        max(case when is_converted then 1 else 0 end) over (
            partition by period_grain, period_start, user_id
        ) as converted
    from sessions_in_periods
    where user_id is not null and is_converted is not null

),

units as (

    select
        'bounce_rate' as metric,
        period_grain,
        period_start,
        coalesce(user_id, session_id) as cluster_id,
        {{ dimensions | join(', ') }},
        case when is_engaged then 0 else 1 end as counted
    from sessions_in_periods
    where is_engaged is not null
    union all
    select
        'conversion_rate_session' as metric,
        period_grain,
        period_start,
        coalesce(user_id, session_id) as cluster_id,
        {{ dimensions | join(', ') }},
        case when is_converted then 1 else 0 end as counted
    from sessions_in_periods
    where is_converted is not null
    union all
    select
        'conversion_rate_user' as metric,
        period_grain,
        period_start,
        user_id as cluster_id,
        {{ dimensions | join(', ') }},
        converted as counted
    from users
    where session_rank = 1

),

clusters as (

    select
        {{ keys | join(', ') }},
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as units,
        sum(counted) as counted
    from units
    {{ group_by_breakdowns(keys + ['cluster_id'], dimensions) }}

),

cells as (

    select
        {{ keys | join(', ') }},
        dimension,
        dimension_value,
        count(*) as clusters,
        cast(sum(units) as bigint) as base,
        cast(sum(counted) as bigint) as counted,
        cast(sum(counted * counted) as double precision) as counted_square_sum,
        cast(sum(counted * units) as double precision) as counted_units_sum,
        cast(sum(units * units) as double precision) as units_square_sum
    from clusters
    group by {{ keys | join(', ') }}, dimension, dimension_value

),

shares as (

    select
        *,
        {{ share('counted', 'base') }} as value
    from cells

)

select
    metric,
    'none' as programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    -- Visits of one visitor are alike, so a change of theirs is tested with the error of clusters (T14).
    case when metric = 'conversion_rate_user' then 'share' else 'clustered_score' end as kind,
    'ratio' as unit,
    base,
    value,
    cast(counted as double precision) as numerator,
    cast(base as double precision) as denominator,
    case
        when metric = 'conversion_rate_user' then sqrt(value * (1 - value) / cast(base as double precision))
        else sqrt(
            cast(clusters as double precision) / nullif(clusters - 1, 0) * greatest(
                0.0, counted_square_sum - 2 * value * counted_units_sum + power(value, 2) * units_square_sum
            )
        ) / base
    end as standard_error,
    {{ wilson_low('counted', 'base') }} as ci_low,
    {{ wilson_high('counted', 'base') }} as ci_high,
    cast(counted as double precision) as positives,
    cast(null as double precision) as negatives,
    cast(null as double precision) as variance,
    true as is_estimable
from shares
