-- Rate, mix and interaction are the whole of a change (METRICS §2.5.5).
select
    metric as subject,
    programme,
    period_start,
    change - rate_effect - mix_effect - interaction_effect as difference
from {{ ref('kpi_mix_effects') }}
where abs(change - rate_effect - mix_effect - interaction_effect) > 1e-6 * greatest(1, abs(change))
union all
select
    'csi_rollup' as subject,
    programme,
    period_start,
    change - rate_effect - mix_effect - interaction_effect as difference
from {{ ref('kpi_csi_rollups') }}
where abs(change - rate_effect - mix_effect - interaction_effect) > 1e-6
