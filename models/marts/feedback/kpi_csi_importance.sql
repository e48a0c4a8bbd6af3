-- One row per programme, attribute and year (or all time) with enough complete cases: how important the attribute
-- proves to be for the overall answer (METRICS §2.5.6). imp_r2 is computed here; the columns that need matrix
-- algebra and a bootstrap are empty here and filled in by `cx build` (cx_warehouse/importance.py).
select
    programme,
    attribute,
    period_grain,
    period_start,
    complete_cases as base,
    cast(r as double precision) as correlation,
    cast(standard_deviation as double precision) as standard_deviation,
    cast(ceiling_share as double precision) as ceiling_share,
    cast(importance_derived as double precision) as imp_r2,
    cast(null as double precision) as imp_beta,
    cast(null as double precision) as imp_johnson,
    cast(null as double precision) as johnson_ci_low,
    cast(null as double precision) as johnson_ci_high,
    cast(null as double precision) as imp_shapley,
    cast(null as double precision) as r_squared,
    cast(null as bigint) as johnson_rank,
    {{ publish_status('complete_cases', 'false', is_immature('period_grain', 'period_start')) }} as publish_status
from {{ ref('int_csi_derived_importance') }}
where dimension = 'total' and period_grain in ('year', 'all')
