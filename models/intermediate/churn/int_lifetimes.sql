-- One row per start cohort and breakdown: how long first relationships last (METRICS §3.4, §3.6). The median is the
-- first day survival is down to a half, its interval the days the band is; the restricted mean is the area under the
-- curve to the horizon, or to the longest follow-up where that is shorter.
{%- set horizon = (var('clv_horizon_years') * 365.25) | int %}
with

cells as (

    select
        *,
        least({{ horizon }}, longest_days) as horizon_days
    from {{ ref('int_survival_cells') }}

),

steps as (

    select
        {% for key in life_cell() %}steps.{{ key }}, {% endfor %}
        steps.from_day,
        steps.survival,
        steps.greenwood_step,
        steps.ci_low,
        steps.ci_high,
        cells.horizon_days,
        steps.survival * greatest(
            0, least(coalesce(steps.to_day, cells.horizon_days), cells.horizon_days) - steps.from_day
        ) as area
    from {{ ref('int_survival_steps') }} as steps
    inner join cells
        on {{ same_life_cell('steps', 'cells') }}

),

-- The area from a step on is what a churn at it takes part of (Greenwood's variance of the restricted mean).
areas as (

    select
        *,
        sum(area) over (
            partition by {{ life_cell() | join(', ') }} order by from_day desc
            rows between unbounded preceding and current row
        ) as area_after
    from steps

),

curves as (

    select
        {{ life_cell() | join(', ') }},
        min(case when survival <= 0.5 + 1e-9 then from_day end) as median_days,
        min(case when coalesce(ci_low, survival) <= 0.5 + 1e-9 then from_day end) as median_ci_low,
        min(case when coalesce(ci_high, survival) <= 0.5 + 1e-9 then from_day end) as median_ci_high,
        max(area_after) as restricted_mean_days,
        cast(sum(cast(power(area_after, 2) * greenwood_step as decimal(28, 12))) as double precision) as variance
    from areas
    group by {{ life_cell() | join(', ') }}

)

select
    {% for key in life_cell() %}cells.{{ key }},
    {% endfor -%}
    cells.base,
    cells.churned,
    -- The plain fraction counts only who could have been followed for 90 days (METRICS §0.2, §3.4).
    cells.followed,
    cells.left_early,
    cells.longest_days,
    cells.horizon_days,
    curves.median_days,
    curves.median_ci_low,
    curves.median_ci_high,
    curves.restricted_mean_days,
    sqrt(curves.variance) as restricted_mean_standard_error,
    case when cells.longest_days >= 90 or marks.survival = 0 then 1 - marks.survival end as early_life_churn,
    case when cells.longest_days >= 90 or marks.survival = 0 then marks.standard_error end as early_life_standard_error,
    case when cells.longest_days >= 90 then 1 - marks.ci_high end as early_life_ci_low,
    case when cells.longest_days >= 90 then 1 - marks.ci_low end as early_life_ci_high
from cells
inner join curves
    on {{ same_life_cell('cells', 'curves') }}
inner join {{ ref('int_survival_marks') }} as marks
    on {{ same_life_cell('cells', 'marks') }}
    and marks.year_number = 0
