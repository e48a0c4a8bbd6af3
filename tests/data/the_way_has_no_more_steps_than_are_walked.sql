-- int_journey_steps walks a fixed number of steps; a stage beyond them would be left out without a word.
select count(*) as steps
from (
    select distinct steps.stage
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join {{ ref('journey_stages') }} as named_stages
        on lower(touchpoints.stage) = named_stages.name
    left join {{ ref('journey_stages') }} as named_touchpoints
        on lower(touchpoints.touchpoint) = named_touchpoints.name
    inner join {{ ref('journey_stages') }} as steps
        on {{ journey_stage('touchpoints', 'named_stages', 'named_touchpoints') }} = steps.name
    where steps.is_step
) as steps_seen
having count(*) > {{ journey_steps()[-1] }}
