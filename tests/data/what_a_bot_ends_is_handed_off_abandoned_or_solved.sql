-- Every mature conversation with a bot ends in one way, and only a claimed one can be contained (METRICS §4.5).
select
    period_grain,
    period_start,
    dimension,
    dimension_value
from {{ ref('kpi_bots') }}
where
    handed_off + abandoned + claimed <> conversations
    or contained > claimed
