{{ config(group='service') }}
-- A UTC day with more opening windows than int_business_days has columns would lose working time.
select
    schedule_id,
    utc_date,
    window_number
from {{ ref('int_business_windows') }}
where window_number > {{ windows_per_day() }}
