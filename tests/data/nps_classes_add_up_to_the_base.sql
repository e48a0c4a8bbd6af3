select *
from {{ ref('kpi_nps') }}
where promoters + passives + detractors <> base
