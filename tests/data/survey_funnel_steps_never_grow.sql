select *
from {{ ref('kpi_survey_funnel') }}
where delivered > sent or started > delivered or completed > started or scored > started
