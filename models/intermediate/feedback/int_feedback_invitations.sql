-- One row per invitation to a real customer, with how far it got and whether its response window is over at
-- as_of. Each step includes the ones after it: who answered has started, and a bounced invitation was not
-- delivered whatever else is known (METRICS §2.1).
with

invitations as (

    select * from {{ ref('stg_surveys__invitations') }}

),

surveys as (

    select * from {{ ref('stg_surveys__surveys') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

test_customers as (

    select customer_id from {{ ref('stg_crm__customers') }}
    where is_test

),

placed as (

    select
        invitations.*,
        coalesce(surveys.programme, 'unknown') as programme,
        coalesce(invitations.customer_id, contacts.customer_id) as owner_id,
        coalesce(contacts.is_employee, false) as is_employee,
        coalesce(invitations.channel, surveys.channel, 'unknown') as invited_channel,
        coalesce(surveys.touchpoint, 'unknown') as touchpoint,
        coalesce(surveys.stage, 'unknown') as stage,
        {{ reporting_date('invitations.sent_at') }} as sent_date,
        {{ dbt.dateadd(
            'day',
            "case when surveys.programme = 'relational' then " ~ var('response_window_days_relational')
            ~ " else " ~ var('response_window_days') ~ " end",
            'invitations.sent_at'
        ) }} as response_window_ends_at
    from invitations
    left join surveys
        on invitations.survey_id = surveys.survey_id
    left join contacts
        on invitations.contact_id = contacts.contact_id

),

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null and invitation_id is not null

),

scored_responses as (

    select distinct response_id from {{ ref('int_feedback_answers') }}

),

scorable_surveys as (

    select distinct survey_id from {{ ref('int_feedback_questions') }}
    where is_scored

),

outcomes as (

    select
        responses.invitation_id,
        count(*) filter (where responses.status = 'complete') > 0 as has_complete,
        min(case when scored_responses.response_id is not null then responses.responded_at end)
            as first_scored_at
    from responses
    left join scored_responses
        on responses.response_id = scored_responses.response_id
    group by responses.invitation_id

)

select
    placed.invitation_id,
    placed.survey_id,
    placed.owner_id as customer_id,
    placed.contact_id,
    placed.ticket_id,
    placed.order_id,
    placed.programme,
    coalesce(attributes.segment, 'unknown') as segment,
    coalesce(attributes.persona, 'unknown') as persona,
    coalesce(attributes.country, 'unknown') as country,
    coalesce(attributes.region, 'unknown') as region,
    coalesce(attributes.language, 'unknown') as language,
    placed.invited_channel as channel,
    placed.touchpoint,
    placed.stage,
    placed.bounced_at is null as is_delivered,
    placed.bounced_at is null and (placed.started_at is not null or outcomes.invitation_id is not null)
        as is_started,
    placed.bounced_at is null and coalesce(outcomes.has_complete, false) as is_completed,
    placed.bounced_at is null and coalesce(outcomes.first_scored_at <= placed.response_window_ends_at, false)
        as is_scored,
    placed.bounced_at is null and coalesce(outcomes.first_scored_at > placed.response_window_ends_at, false)
        as is_scored_late,
    placed.opted_out_at is not null as is_opted_out,
    scorable_surveys.survey_id is not null as is_scorable,
    placed.response_window_ends_at <= {{ as_of() }} as is_mature,
    placed.sent_date,
    placed.sent_at,
    placed.response_window_ends_at
from placed
left join scorable_surveys
    on placed.survey_id = scorable_surveys.survey_id
left join outcomes
    on placed.invitation_id = outcomes.invitation_id
left join test_customers
    on placed.owner_id = test_customers.customer_id
left join {{ ref('int_customer_attributes') }} as attributes
    on placed.owner_id = attributes.customer_id
    and placed.sent_date >= attributes.valid_from
    and placed.sent_date < attributes.valid_to
where not placed.is_employee and test_customers.customer_id is null
