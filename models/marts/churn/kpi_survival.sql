-- One row per breakdown and tenure day with a churn: how long first relationships last (METRICS §3.6).
with

curves as (

    select
        *,
        base < {{ var('min_base_publish') }} as is_suppressed
    from {{ ref('int_survival_curves') }}
    where period_grain = 'all'

)

select
    curves.period_grain,
    curves.period_start,
    curves.dimension,
    curves.dimension_value,
    curves.tenure_days,
    curves.base,
    curves.at_risk,
    curves.churned,
    {%- for value in [
        'hazard', 'survival', 'standard_error', 'ci_low', 'ci_high', 'cumulative_incidence_voluntary',
        'cumulative_incidence_involuntary', 'cumulative_incidence_other',
    ] %}
    case when not curves.is_suppressed then curves.{{ value }} end as {{ value }},
    {%- endfor %}
    curves.at_risk >= {{ var('min_at_risk') }} as is_quotable,
    {{ publish_status('curves.base', 'curves.is_suppressed', 'false') }} as publish_status
from curves
