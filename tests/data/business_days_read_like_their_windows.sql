{{ config(group='service') }}
-- The way to a reading (int_business_days) and the way back to its instant (int_business_windows) count from the
-- same beginning: a window without its day, or with another reading at it, would move every due_at.
select
    windows.schedule_id,
    windows.utc_date,
    windows.working_before,
    days.working_before as day_working_before
from {{ ref('int_business_windows') }} as windows
left join {{ ref('int_business_days') }} as days
    on windows.schedule_id = days.schedule_id
    and windows.utc_date = days.utc_date
where
    days.utc_date is null
    or (windows.window_number = 1 and windows.working_before <> days.working_before)
