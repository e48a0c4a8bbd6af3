-- Names of one stage agree on where it stands and whether the way leads through it, and one of them is its own, by
-- which int_journey_steps finds it.
select stage
from {{ ref('journey_stages') }}
group by stage
having
    min(stage_order) <> max(stage_order)
    or min(cast(is_step as int)) <> max(cast(is_step as int))
    or not bool_or(name = stage)
