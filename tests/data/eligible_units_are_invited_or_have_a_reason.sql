select *
from {{ ref('kpi_survey_coverage') }}
where invited + opted_out + asked_before + no_address + not_chosen <> base
