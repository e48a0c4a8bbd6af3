-- One row per rule of METRICS §13, action and table of the web and of initiatives that is counted here.
{{ config(access='protected') }}
with

sessions as (

    select * from {{ ref('int_web_sessions') }}

),

events as (

    select
        events.event_id,
        sessions.session_id is null as is_orphan
    from {{ ref('stg_web__events') }} as events
    left join sessions
        on events.session_id = sessions.session_id

),

exposures as (

    select
        exposures.initiative_id || '|' || exposures.unit_type || '|' || exposures.unit_id as exposure_key,
        initiatives.initiative_id is null as is_orphan
    from {{ ref('stg_initiatives__exposures') }} as exposures
    left join {{ ref('stg_initiatives__initiatives') }} as initiatives
        on exposures.initiative_id = initiatives.initiative_id

),

initiatives as (

    select * from {{ ref('int_initiatives') }}

),

counts as (

    {{ rule_count('4', 'warn', 'web.events', 'events', 'event_id', 'is_orphan') }}
    union all
    {{ rule_count('4', 'warn', 'initiatives.exposures', 'exposures', 'exposure_key', 'is_orphan') }}
    union all
    {{ rule_count('47', 'repair', 'web.sessions', 'sessions', 'session_id', 'exclusion is not null') }}
    union all
    {{ rule_count('49', 'warn', 'initiatives.initiatives', 'initiatives', 'initiative_id', 'not has_control') }}

)

select * from counts
