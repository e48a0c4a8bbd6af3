-- One row per initiative with how many units were treated and kept as controls (METRICS §8.5, §13 rule 49). Who owns it
-- stays in staging.
with

initiatives as (

    select * from {{ ref('stg_initiatives__initiatives') }}

),

arms as (

    select
        initiative_id,
        count(*) filter (where arm = 'treated') as treated_units,
        count(*) filter (where arm = 'control') as control_units
    from {{ ref('stg_initiatives__exposures') }}
    group by initiative_id

)

select
    initiatives.initiative_id,
    initiatives.name,
    initiatives.metric,
    initiatives.stage,
    initiatives.theme,
    initiatives.cost,
    coalesce(arms.treated_units, 0) as treated_units,
    coalesce(arms.control_units, 0) as control_units,
    coalesce(arms.control_units, 0) > 0 as has_control,
    {{ reporting_date('initiatives.started_at') }} as started_date,
    {{ reporting_date('initiatives.ended_at') }} as ended_date,
    initiatives.registered_at,
    initiatives.started_at,
    initiatives.ended_at
from initiatives
left join arms
    on initiatives.initiative_id = arms.initiative_id
