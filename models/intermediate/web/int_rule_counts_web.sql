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
        exposures.initiative_id,
        exposures.arm,
        initiatives.initiative_id is null as is_orphan
    from {{ ref('stg_initiatives__exposures') }} as exposures
    left join {{ ref('stg_initiatives__initiatives') }} as initiatives
        on exposures.initiative_id = initiatives.initiative_id

),

initiatives as (

    select
        delivered.initiative_id,
        coalesce(arms.controls, 0) = 0 as has_no_control
    from {{ ref('stg_initiatives__initiatives') }} as delivered
    left join (
        select
            initiative_id,
            count(*) filter (where arm = 'control') as controls
        from exposures
        group by initiative_id
    ) as arms
        on delivered.initiative_id = arms.initiative_id

),

counts as (

    {{ rule_count('4', 'warn', 'web.events', 'events', 'event_id', 'is_orphan') }}
    union all
    {{ rule_count('4', 'warn', 'initiatives.exposures', 'exposures', 'exposure_key', 'is_orphan') }}
    union all
    {{ rule_count('47', 'repair', 'web.sessions', 'sessions', 'session_id', 'exclusion is not null') }}
    union all
    {{ rule_count('49', 'warn', 'initiatives.initiatives', 'initiatives', 'initiative_id', 'has_no_control') }}

)

select * from counts
