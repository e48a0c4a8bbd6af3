-- One row per wait, clock, cohort period and breakdown: the Kaplan-Meier curve of the group read at its
-- quantiles, whatever its base (METRICS §4.0, CLARIFICATIONS D44). The curve is built over the distinct
-- durations of a group, events before censorings. Sums are of decimals, so that they do not depend on the
-- order in which threads deliver the rows.
{%- set dimensions = ['team', 'office', 'channel', 'priority', 'topic', 'segment'] %}
{%- set group = ['wait', 'clock', 'period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

clocks as (

    select
        wait,
        'calendar' as clock,
        calendar_minutes as minutes,
        is_answered,
        cohort_date,
        team,
        office,
        channel,
        priority,
        topic,
        segment
    from {{ ref('int_response_time_clocks') }}

    union all

    select
        wait,
        'business' as clock,
        business_minutes as minutes,
        is_answered,
        cohort_date,
        team,
        office,
        channel,
        priority,
        topic,
        segment
    from {{ ref('int_response_time_clocks') }}
    where business_minutes is not null

),

first_months as (

    select cast(date_trunc('month', min(created_date)) as date) as first_month
    from {{ ref('int_tickets_measured') }}

),

in_periods as (

    select
        clocks.*,
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', 'clocks.cohort_date', 'first_months.first_month'
        ) }} as period_start
    from clocks
    cross join {{ period_grains() }} as period_grains
    cross join first_months

),

durations as (

    select
        wait,
        clock,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        minutes,
        count(*) as leaving,
        count(*) filter (where is_answered) as answered
    from in_periods
    {{ group_by_breakdowns(['wait', 'clock', 'period_grain', 'period_start', 'minutes'], dimensions) }}

),

at_risk as (

    select
        *,
        sum(leaving) over (
            partition by {{ group | join(', ') }} order by minutes desc
            rows between unbounded preceding and current row
        ) as exposed
    from durations

),

summed as (

    select
        {{ group | join(', ') }},
        minutes,
        leaving,
        answered,
        sum(case
            when answered > 0 and exposed > answered
                then ln(1 - cast(answered as double precision) / exposed)
            else 0
        end) over so_far as log_survival,
        max(case when answered > 0 and exposed = answered then 1 else 0 end) over so_far as is_exhausted,
        sum(case
            when answered > 0 and exposed > answered
                then cast(answered as double precision) / (cast(exposed as double precision) * (exposed - answered))
            else 0
        end) over so_far as greenwood,
        lead(minutes) over (partition by {{ group | join(', ') }} order by minutes) as next_minutes,
        row_number() over (partition by {{ group | join(', ') }} order by minutes) as step
    from at_risk
    window so_far as (
        partition by {{ group | join(', ') }} order by minutes
        rows between unbounded preceding and current row
    )

),

curves as (

    select
        *,
        case when is_exhausted = 1 then 0.0 else exp(log_survival) end as survival
    from summed

),

banded as (

    select
        *,
        minutes <= {{ var('first_reply_target_minutes') }}
        and coalesce(next_minutes > {{ var('first_reply_target_minutes') }}, true) as is_at_target,
        case
            when survival > 0 and survival < 1
                then power(survival, exp(-{{ z_quantile() }} * sqrt(greenwood) / ln(survival)))
        end as survival_low,
        case
            when survival > 0 and survival < 1
                then power(survival, exp({{ z_quantile() }} * sqrt(greenwood) / ln(survival)))
        end as survival_high
    from curves

)

select
    {{ group | join(', ') }},
    cast(sum(leaving) as bigint) as tickets,
    cast(sum(answered) as bigint) as answered,
    min(minutes) filter (where answered > 0 and survival <= 0.5 + 1e-9) as median_minutes,
    min(minutes) filter (where answered > 0 and survival_low <= 0.5 + 1e-9) as median_ci_low,
    min(minutes) filter (where answered > 0 and survival_high <= 0.5 + 1e-9) as median_ci_high,
    min(minutes) filter (where answered > 0 and survival <= 0.25 + 1e-9) as p75_minutes,
    min(minutes) filter (where answered > 0 and survival <= 0.1 + 1e-9) as p90_minutes,
    min(minutes) filter (where answered > 0 and survival_low <= 0.1 + 1e-9) as p90_ci_low,
    min(minutes) filter (where answered > 0 and survival_high <= 0.1 + 1e-9) as p90_ci_high,
    cast(sum(cast(minutes as decimal(28, 9)) * answered) as double precision)
    / nullif(cast(sum(answered) as double precision), 0) as mean_answered_minutes,
    -- The area under the curve up to tau; before the first duration everybody is still waiting.
    min(least(minutes, {{ var('rmst_tau_minutes') }})) + cast(sum(cast(
        survival * (
            least(coalesce(next_minutes, {{ var('rmst_tau_minutes') }}), {{ var('rmst_tau_minutes') }})
            - least(minutes, {{ var('rmst_tau_minutes') }})
        ) as decimal(28, 12)
    )) as double precision) as restricted_mean_minutes,
    -- Unbiased variance of the answered waits: the classical mean beside the curve (METRICS §4.1, conformance).
    greatest(0, (
        cast(sum(cast(minutes * minutes * answered as decimal(38, 6))) as double precision)
        - power(cast(sum(cast(minutes as decimal(28, 9)) * answered) as double precision), 2)
        / nullif(cast(sum(answered) as double precision), 0)
    ) / nullif(cast(sum(answered) as double precision) - 1, 0)) as answered_variance,
    -- The curve at the target; beyond the longest wait that was cut off it is not known.
    case
        when max(minutes) >= {{ var('first_reply_target_minutes') }} or min(survival) = 0
            then coalesce(max(survival) filter (where is_at_target), 1.0)
    end as survival_at_target,
    max(survival_low) filter (where is_at_target) as survival_at_target_low,
    max(survival_high) filter (where is_at_target) as survival_at_target_high,
    max(sqrt(greenwood)) filter (where is_at_target and survival > 0 and survival < 1) as target_spread,
    max(minutes) as longest_minutes,
    min(survival) as last_survival
from banded
group by {{ group | join(', ') }}
