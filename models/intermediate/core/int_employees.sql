-- One row per employee or automated actor. Names stay in staging.
select
    employee_id,
    coalesce(role, 'agent') as role,
    coalesce(team, 'unknown') as team,
    coalesce(office, 'unknown') as office,
    coalesce(role in ('bot', 'system'), false) as is_automated,
    hired_at,
    left_at
from {{ ref('stg_crm__employees') }}
