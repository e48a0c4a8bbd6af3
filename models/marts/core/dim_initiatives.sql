-- One row per initiative to improve something: what it was meant to move, when, and whether it can be compared.
select
    initiative_id,
    name,
    metric,
    stage,
    theme,
    cost,
    treated_units,
    control_units,
    has_control,
    started_date,
    ended_date,
    registered_at,
    started_at,
    ended_at
from {{ ref('int_initiatives') }}
