-- One row per start cohort and breakdown: how long first relationships last, and how the values of a breakdown differ
-- (METRICS §3.4, §3.6).
with

lifetimes as (

    select
        *,
        {{ is_suppressed(
            'base', ['period_grain', 'period_start', 'dimension'], 'dimension_value'
        ) }} as is_suppressed
    from {{ ref('int_lifetimes') }}

)

select
    lifetimes.period_grain,
    lifetimes.period_start,
    lifetimes.dimension,
    lifetimes.dimension_value,
    lifetimes.base,
    lifetimes.churned,
    lifetimes.longest_days,
    {%- for number in ['median_days', 'median_ci_low', 'median_ci_high'] %}
    case when not lifetimes.is_suppressed then lifetimes.{{ number }} end as {{ number }},
    {%- endfor %}
    lifetimes.horizon_days,
    {%- for number in ['restricted_mean_days', 'restricted_mean_standard_error'] %}
    case when not lifetimes.is_suppressed then lifetimes.{{ number }} end as {{ number }},
    {%- endfor %}
    {%- for number in [
        'early_life_churn', 'early_life_ci_low', 'early_life_ci_high',
    ] %}
    case when not lifetimes.is_suppressed then lifetimes.{{ number }} end as {{ number }},
    {%- endfor %}
    lifetimes.followed,
    lifetimes.left_early,
    {%- for number in ['observed', 'expected', 'variance', 'chi_square', 'p_value', 'p_adjusted'] %}
    case
        when not lifetimes.is_suppressed and lifetimes.period_grain = 'all' then log_ranks.{{ number }}
    end as log_rank_{{ number }},
    {%- endfor %}
    {{ publish_status(
        'lifetimes.base', 'lifetimes.is_suppressed',
        is_immature('lifetimes.period_grain', 'lifetimes.period_start'), 'lifetimes.median_days is not null'
    ) }} as publish_status
from lifetimes
left join {{ ref('int_log_ranks') }} as log_ranks
    on lifetimes.dimension = log_ranks.dimension
    and lifetimes.dimension_value = log_ranks.dimension_value
