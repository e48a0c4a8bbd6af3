-- One hidden group among shown ones could be had by subtraction (CLARIFICATIONS D6).
select
    programme,
    period_grain,
    period_start,
    frame_variable
from {{ ref('kpi_survey_nonresponse') }}
group by programme, period_grain, period_start, frame_variable
having count(*) filter (where publish_status = 'suppressed') = 1
