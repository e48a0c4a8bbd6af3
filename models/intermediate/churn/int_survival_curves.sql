-- One row per breakdown and tenure day with a churn: the Kaplan-Meier curve of first relationships and the
-- cumulative incidence of its competing causes (METRICS §3.6, CLARIFICATIONS D59). Everything is a window over
-- distinct durations, so no customer meets another.
{%- set dimensions = ['segment', 'persona', 'plan', 'region', 'acquisition_channel'] %}
with

lives as (

    select * from {{ ref('int_survival_lives') }}

),

moments as (

    select
        {% for dimension in dimensions %}{{ dimension }}, {% endfor %}
        exit_day as tenure_days,
        0 as entered,
        1 as left_risk,
        churned,
        churned_voluntary,
        churned_involuntary
    from lives

    union all

    select
        {% for dimension in dimensions %}{{ dimension }}, {% endfor %}
        entry_day as tenure_days,
        1 as entered,
        0 as left_risk,
        0 as churned,
        0 as churned_voluntary,
        0 as churned_involuntary
    from lives

),

days as (

    select
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        tenure_days,
        sum(entered) as entered,
        sum(left_risk) as left_risk,
        sum(churned) as churned,
        sum(churned_voluntary) as churned_voluntary,
        sum(churned_involuntary) as churned_involuntary
    from moments
    {{ group_by_breakdowns(['tenure_days'], dimensions) }}

),

-- At risk on a day: entered before it and not gone before it; a customer censored on it is still there.
at_risk as (

    select
        dimension,
        dimension_value,
        tenure_days,
        churned,
        churned_voluntary,
        churned_involuntary,
        cast(sum(entered) over (partition by dimension, dimension_value) as bigint) as base,
        coalesce(sum(entered - left_risk) over (
            partition by dimension, dimension_value order by tenure_days
            rows between unbounded preceding and 1 preceding
        ), 0) as at_risk
    from days

),

steps as (

    select
        *,
        cast(churned as double precision) / at_risk as hazard,
        case
            when churned < at_risk then ln(1 - cast(churned as double precision) / at_risk)
            else 0
        end as log_step,
        case
            when churned < at_risk
                then cast(churned as double precision) / (cast(at_risk as double precision) * (at_risk - churned))
            else 0
        end as greenwood_step,
        case when churned = at_risk then 0 else 1 end as is_survived
    from at_risk
    where churned > 0

),

curves as (

    select
        *,
        exp(sum(log_step) over so_far) * min(is_survived) over so_far as survival,
        sum(greenwood_step) over so_far as greenwood
    from steps
    window so_far as (
        partition by dimension, dimension_value order by tenure_days
        rows between unbounded preceding and current row
    )

),

incidences as (

    select
        *,
        coalesce(
            lag(survival) over (partition by dimension, dimension_value order by tenure_days), 1
        ) as survival_before
    from curves

)

select
    dimension,
    dimension_value,
    cast(tenure_days as bigint) as tenure_days,
    base,
    cast(at_risk as bigint) as at_risk,
    cast(churned as bigint) as churned,
    hazard,
    survival,
    case when survival > 0 and survival < 1 then survival * sqrt(greenwood) end as standard_error,
    -- The band of ln(-ln S), which stays within 0 and 1.
    case
        when survival > 0 and survival < 1
            then power(survival, exp({{ z_quantile() }} * sqrt(greenwood) / abs(ln(survival))))
    end as ci_low,
    case
        when survival > 0 and survival < 1
            then power(survival, exp(-{{ z_quantile() }} * sqrt(greenwood) / abs(ln(survival))))
    end as ci_high,
    {% for cause in ['voluntary', 'involuntary'] -%}
    sum(survival_before * churned_{{ cause }} / at_risk) over so_far as cumulative_incidence_{{ cause }},
    {% endfor -%}
    sum(survival_before * (churned - churned_voluntary - churned_involuntary) / at_risk) over so_far
        as cumulative_incidence_other
from incidences
window so_far as (
    partition by dimension, dimension_value order by tenure_days
    rows between unbounded preceding and current row
)
