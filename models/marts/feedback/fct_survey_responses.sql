-- One row per response in scope, with its satisfaction indices.
with

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

),

indices as (

    select * from {{ ref('int_feedback_indices') }}

)

select
    responses.response_id,
    responses.survey_id,
    responses.invitation_id,
    responses.respondent_id,
    responses.customer_id,
    responses.contact_id,
    responses.ticket_id,
    responses.order_id,
    responses.employee_id,
    responses.programme,
    responses.status,
    responses.segment,
    responses.persona,
    responses.country,
    responses.region,
    responses.language,
    responses.channel,
    responses.touchpoint,
    responses.stage,
    responses.team,
    responses.office,
    indices.csi_weight_source,
    indices.csi_weight_answered,
    indices.csi_score,
    indices.acsi_score,
    responses.is_anonymous,
    responses.invitation_id is null as is_open_link,
    responses.responded_date,
    responses.responded_at
from responses
left join indices
    on responses.response_id = indices.response_id
