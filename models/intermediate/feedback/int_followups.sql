-- One row per follow-up of a response in scope, with how long the customer waited for the call.
with

followups as (

    select * from {{ ref('stg_surveys__followups') }}

),

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

)

select
    followups.followup_id,
    followups.response_id,
    responses.survey_id,
    responses.respondent_id,
    responses.customer_id,
    followups.owner_id,
    responses.programme,
    responses.segment,
    followups.result,
    followups.root_cause,
    {{ minutes_between('responses.responded_at', 'followups.contacted_at') }} as contact_minutes,
    {{ minutes_between('responses.responded_at', 'followups.resolved_at') }} as resolution_minutes,
    followups.contacted_at is not null as is_contacted,
    followups.resolved_at is not null as is_resolved,
    responses.responded_at,
    followups.opened_at,
    followups.contacted_at,
    followups.resolved_at
from followups
inner join responses
    on followups.response_id = responses.response_id
