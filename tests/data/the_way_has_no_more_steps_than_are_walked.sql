-- int_journey_steps walks a fixed number of steps; a stage beyond them would be left out without a word.
select count(*) as steps
from (
    select distinct stages.stage
    from {{ ref('fct_touchpoints') }} as touchpoints
    inner join {{ ref('journey_stages') }} as stages
        on lower(coalesce(touchpoints.stage, touchpoints.touchpoint)) = stages.name
    where stages.is_step
) as steps_seen
having count(*) > {{ journey_steps()[-1] }}
