-- One row per programme, period and breakdown with at least one vote. Votes of one customer after several
-- interactions are not independent, so transactional rows carry the clustered standard error and the interval is
-- widened by what clustering adds (METRICS §2.2, CLARIFICATIONS D18).
with

cells as (

    select * from {{ ref('int_feedback_nps_cells') }}

),

estimated as (

    select
        cells.*,
        {{ net_score('promoters', 'detractors', 'base') }} as raw_nps,
        {{ net_score_low('promoters', 'detractors', 'base', 'widening') }} as raw_ci_low,
        {{ net_score_high('promoters', 'detractors', 'base', 'widening') }} as raw_ci_high,
        {{ is_suppressed('base', ['programme', 'period_grain', 'period_start', 'dimension'], 'dimension_value') }}
            as is_hidden
    from cells

)

select
    programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    case when not is_hidden then promoters end as promoters,
    case when not is_hidden then passives end as passives,
    case when not is_hidden then detractors end as detractors,
    cast(case when not is_hidden then raw_nps end as double precision) as nps,
    cast(case when not is_hidden then standard_error end as double precision) as standard_error,
    cast(case when not is_hidden then raw_ci_low end as double precision) as ci_low,
    cast(case when not is_hidden then raw_ci_high end as double precision) as ci_high,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from estimated
