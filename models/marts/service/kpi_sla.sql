-- One row per SLA metric, due period and breakdown: kept promises among all that were due (METRICS §4.4).
with

attainment as (

    select
        *,
        met + breached as base,
        met + breached < {{ var('min_base_publish') }} as is_small
    from {{ ref('int_sla_attainment') }}

)

select
    cast(metric as {{ dbt.type_string() }}) as metric,
    period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    base,
    {{ publish_status('base', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    met,
    breached,
    running,
    case when not is_small then {{ share('met', 'base') }} end as attainment,
    case when not is_small then {{ wilson_low('met', 'base') }} end as ci_low,
    case when not is_small then {{ wilson_high('met', 'base') }} end as ci_high
from attainment
