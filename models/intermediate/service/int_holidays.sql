-- One row per schedule and holiday, without a schedule for all of them, with what it leaves of the day: nothing where
-- neither minute is given, and as usual on the side whose minute is missing (RAW_CONTRACT helpdesk, D42).
select
    schedule_id,
    holiday_date,
    coalesce(opens_minute, 0) as opens_minute,
    case
        when opens_minute is null and closes_minute is null then 0
        else coalesce(closes_minute, 1440)
    end as closes_minute
from {{ ref('stg_helpdesk__holidays') }}
