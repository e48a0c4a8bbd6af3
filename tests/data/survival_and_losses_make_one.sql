-- Whoever has not survived was lost to one of the causes (METRICS §3.6).
select *
from {{ ref('kpi_survival') }}
where abs(
    survival + cumulative_incidence_voluntary + cumulative_incidence_involuntary + cumulative_incidence_other - 1
) > 1e-9
