-- One row per web session that counts (METRICS §6.3, §13 rule 47).
select
    session_id,
    visitor_id,
    customer_id,
    user_id,
    segment,
    country,
    source,
    medium,
    campaign,
    device,
    page_group,
    landing_page,
    duration_seconds,
    page_views,
    key_events,
    is_engaged,
    is_single_page,
    is_converted,
    started_date,
    started_at,
    ended_at
from {{ ref('int_web_sessions') }}
where exclusion is null
