-- One row per start cohort, breakdown and tenure day with a churn: the Kaplan-Meier curve of first relationships and
-- the cumulative incidence of its competing causes (METRICS §3.6, CLARIFICATIONS D59). Everything is a window over
-- distinct durations, so no customer meets another.
with

-- At risk on a day: entered before it and not gone before it; a customer censored on it is still there.
at_risk as (

    select
        {{ life_cell() | join(', ') }},
        tenure_days,
        churned,
        churned_voluntary,
        churned_involuntary,
        cast(sum(entered) over (partition by {{ life_cell() | join(', ') }}) as bigint) as base,
        coalesce(sum(entered - left_risk) over (
            partition by {{ life_cell() | join(', ') }} order by tenure_days
            rows between unbounded preceding and 1 preceding
        ), 0) as at_risk
    from {{ ref('int_life_days') }}

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
        partition by {{ life_cell() | join(', ') }} order by tenure_days
        rows between unbounded preceding and current row
    )

),

incidences as (

    select
        *,
        coalesce(
            lag(survival) over (partition by {{ life_cell() | join(', ') }} order by tenure_days), 1
        ) as survival_before
    from curves

)

select
    {{ life_cell() | join(', ') }},
    tenure_days,
    base,
    cast(at_risk as bigint) as at_risk,
    churned,
    hazard,
    survival,
    greenwood,
    greenwood_step,
    case when survival > 0 and survival < 1 then survival * sqrt(greenwood) end as standard_error,
    {{ log_log_low('survival', 'greenwood') }} as ci_low,
    {{ log_log_high('survival', 'greenwood') }} as ci_high,
    {% for cause in ['voluntary', 'involuntary'] -%}
    sum(survival_before * churned_{{ cause }} / at_risk) over so_far as cumulative_incidence_{{ cause }},
    {% endfor -%}
    sum(survival_before * (churned - churned_voluntary - churned_involuntary) / at_risk) over so_far
        as cumulative_incidence_other
from incidences
window so_far as (
    partition by {{ life_cell() | join(', ') }} order by tenure_days
    rows between unbounded preceding and current row
)
