-- One row per breakdown and month of tenure: of the customers there when it begins, the share it loses (METRICS §3.6).
with

hazards as (

    select
        *,
        base < {{ var('min_base_publish') }} as is_suppressed
    from {{ ref('int_tenure_hazards') }}

),

first_month as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

)

select
    'all' as period_grain,
    first_month.first_month as period_start,
    hazards.dimension,
    hazards.dimension_value,
    hazards.tenure_month,
    hazards.base,
    hazards.at_risk,
    hazards.churned,
    case when not hazards.is_suppressed then 1 - hazards.month_survival end as hazard,
    case
        when not hazards.is_suppressed then 1 - {{ log_log_high('hazards.month_survival', 'hazards.greenwood') }}
    end as ci_low,
    case
        when not hazards.is_suppressed then 1 - {{ log_log_low('hazards.month_survival', 'hazards.greenwood') }}
    end as ci_high,
    hazards.at_risk >= {{ var('min_at_risk') }} as is_quotable,
    {{ publish_status('hazards.base', 'hazards.is_suppressed', 'false') }} as publish_status
from hazards
cross join first_month
