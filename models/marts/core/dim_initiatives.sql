-- One row per initiative to improve something.
select
    initiative_id,
    name,
    metric,
    stage,
    theme,
    cost,
    {{ reporting_date('started_at') }} as started_date,
    {{ reporting_date('ended_at') }} as ended_date,
    registered_at,
    started_at,
    ended_at
from {{ ref('stg_initiatives__initiatives') }}
