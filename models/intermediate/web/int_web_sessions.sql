-- One row per accepted web session with what happened in it; `exclusion` says why it is no visit of a customer, and is
-- null where it counts (METRICS §6.3, §13 rule 47). What a source counted it may also not have: a number that nobody
-- delivered is null and never 0.
with

sessions as (

    select * from {{ ref('stg_web__sessions') }}

),

events as (

    select
        session_id,
        count(*) as event_rows,
        count(*) filter (where lower(name) in ('page_view', 'screen_view')) as page_view_rows,
        max(occurred_at) as last_event_at
    from {{ ref('stg_web__events') }}
    group by session_id

),

deliveries as (

    select count(*) > 0 as has_events from {{ ref('stg_web__events') }}

),

test_customers as (

    select customer_id from {{ ref('int_customers') }}
    where is_test

),

counted as (

    select
        sessions.session_id,
        sessions.visitor_id,
        sessions.customer_id,
        coalesce(sessions.source, 'unknown') as source,
        coalesce(sessions.medium, 'unknown') as medium,
        coalesce(sessions.campaign, 'unknown') as campaign,
        coalesce(sessions.device, 'unknown') as device,
        coalesce(sessions.country, 'unknown') as country,
        -- What follows a question mark may say who somebody is, and is no page.
        regexp_replace(
            split_part(split_part(sessions.landing_page, '?', 1), '#', 1), '^[A-Za-z]+://[^/]*', ''
        ) as landing_path,
        sessions.key_events,
        sessions.engaged_seconds,
        coalesce(
            sessions.page_views, case when events.page_view_rows > 0 then events.page_view_rows end
        ) as page_views,
        coalesce(events.event_rows, 0) as event_rows,
        sessions.is_internal,
        lower(coalesce(sessions.device, '')) in ('bot', 'crawler', 'spider') as is_bot,
        test_customers.customer_id is not null as is_test_customer,
        deliveries.has_events,
        {{ reporting_date('sessions.started_at') }} as started_date,
        sessions.started_at,
        coalesce(sessions.ended_at, events.last_event_at) as ended_at
    from sessions
    cross join deliveries
    left join events
        on sessions.session_id = events.session_id
    left join test_customers
        on sessions.customer_id = test_customers.customer_id

),

timed as (

    select
        counted.*,
        case
            when ended_at >= started_at
                then cast({{ microseconds_between('started_at', 'ended_at') }} as double precision) / 1000000
        end as duration_seconds,
        event_rows = 0 and coalesce(key_events, 0) = 0 and coalesce(engaged_seconds, 0) = 0
        and (page_views = 0 or (page_views is null and has_events)) as is_empty
    from counted

)

select
    timed.session_id,
    timed.visitor_id,
    timed.customer_id,
    coalesce(timed.visitor_id, timed.customer_id) as user_id,
    coalesce(attributes.segment, 'unknown') as segment,
    timed.country,
    timed.source,
    timed.medium,
    timed.campaign,
    timed.device,
    case
        when timed.landing_path is null then 'unknown'
        else '/' || split_part(ltrim(timed.landing_path, '/'), '/', 1)
    end as page_group,
    case when timed.landing_path = '' then '/' else timed.landing_path end as landing_page,
    case
        when timed.is_internal then 'internal'
        when timed.is_bot then 'bot'
        when timed.is_test_customer then 'test_customer'
        when timed.duration_seconds > 86400 then 'over_a_day'
        when timed.is_empty then 'without_events'
    end as exclusion,
    timed.duration_seconds,
    timed.page_views,
    timed.key_events,
    -- The length is computed; the seconds of the source stand in where it cannot be (RAW_CONTRACT).
    case
        when
            coalesce(timed.duration_seconds, timed.engaged_seconds) > 10 or timed.key_events >= 1
            or timed.page_views >= 2 then true
        when
            coalesce(timed.duration_seconds, timed.engaged_seconds, timed.page_views, timed.key_events) is not null
            then false
    end as is_engaged,
    timed.page_views = 1 as is_single_page,
    timed.key_events >= 1 as is_converted,
    timed.started_date,
    timed.started_at,
    timed.ended_at
from timed
left join {{ ref('int_customer_attributes') }} as attributes
    on timed.customer_id = attributes.customer_id
    and timed.started_date >= attributes.valid_from
    and timed.started_date < attributes.valid_to
