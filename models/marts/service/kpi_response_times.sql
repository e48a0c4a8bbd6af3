-- One row per wait, clock, cohort period and breakdown (METRICS §4.0, CLARIFICATIONS D44): quantiles of the
-- Kaplan-Meier curve, because a customer still waiting is part of the answer.
with

response_times as (

    select
        *,
        tickets < {{ var('min_base_publish') }} as is_small,
        {{ is_immature('period_grain', 'period_start') }} as is_immature
    from {{ ref('int_response_times') }}

)

select
    cast(wait as {{ dbt.type_string() }}) as wait,
    cast(clock as {{ dbt.type_string() }}) as clock,
    period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    tickets as base,
    {{ publish_status('tickets', 'is_small', 'is_immature', 'median_minutes is not null') }} as publish_status,
    tickets,
    answered,
    case when not is_small then {{ share('answered', 'tickets') }} end as answered_share,
    case
        when not is_small and wait in ('first_reply', 'any_reply') then 1 - survival_at_target
    end as within_target_share,
    case when not is_small and wait in ('first_reply', 'any_reply') then 1 - survival_at_target_high end
        as within_target_ci_low,
    case when not is_small and wait in ('first_reply', 'any_reply') then 1 - survival_at_target_low end
        as within_target_ci_high,
    case when not is_small then median_minutes end as median_minutes,
    case when not is_small then median_ci_low end as median_ci_low,
    case when not is_small then median_ci_high end as median_ci_high,
    case when not is_small then p75_minutes end as p75_minutes,
    case when tickets >= {{ var('min_base_p90') }} then p90_minutes end as p90_minutes,
    case when not is_small then mean_answered_minutes end as mean_answered_minutes,
    case when not is_small then restricted_mean_minutes end as restricted_mean_minutes
from response_times
