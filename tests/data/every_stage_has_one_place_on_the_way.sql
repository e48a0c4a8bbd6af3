-- Names of one stage agree on where it stands and whether the way leads through it.
select stage
from {{ ref('journey_stages') }}
group by stage
having min(stage_order) <> max(stage_order) or min(cast(is_step as int)) <> max(cast(is_step as int))
