-- One row per accepted response with its respondent, the attributes of its day and why it is out of scope, if it
-- is: scope_exclusion is null where it counts (CLARIFICATIONS D11, D13, D14).
with

responses as (

    select * from {{ ref('stg_surveys__responses') }}

),

surveys as (

    select * from {{ ref('stg_surveys__surveys') }}

),

invitations as (

    select * from {{ ref('stg_surveys__invitations') }}

),

contacts as (

    select * from {{ ref('stg_crm__contacts') }}

),

employees as (

    select * from {{ ref('stg_crm__employees') }}

),

test_customers as (

    select customer_id from {{ ref('stg_crm__customers') }}
    where is_test

),

answers as (

    select * from {{ ref('stg_surveys__answers') }}
    where value is not null

),

placed as (

    select
        responses.response_id,
        responses.survey_id,
        responses.invitation_id,
        coalesce(responses.contact_id, responses.customer_id, responses.response_id) as respondent_id,
        coalesce(responses.customer_id, contacts.customer_id) as customer_id,
        responses.contact_id,
        responses.ticket_id,
        responses.order_id,
        responses.employee_id,
        coalesce(surveys.programme, 'unknown') as programme,
        responses.status,
        responses.language,
        coalesce(responses.channel, invitations.channel, surveys.channel, 'unknown') as channel,
        coalesce(responses.touchpoint, surveys.touchpoint, 'unknown') as touchpoint,
        coalesce(responses.stage, surveys.stage, 'unknown') as stage,
        coalesce(employees.team, 'unknown') as team,
        coalesce(responses.office, employees.office, 'unknown') as office,
        responses.contact_id is null and responses.customer_id is null as is_anonymous,
        case
            when responses.is_test or responses.status not in ('complete', 'partial') then 'not_submitted'
            when contacts.is_employee then 'employee'
        end as form_exclusion,
        {{ reporting_date('responses.responded_at') }} as responded_date,
        responses.responded_at
    from responses
    left join surveys
        on responses.survey_id = surveys.survey_id
    left join invitations
        on responses.invitation_id = invitations.invitation_id
    left join contacts
        on responses.contact_id = contacts.contact_id
    left join employees
        on responses.employee_id = employees.employee_id

),

neighbours as (

    select
        response_id,
        respondent_id,
        survey_id,
        invitation_id,
        responded_at,
        lag(responded_at) over (
            partition by respondent_id, survey_id order by responded_at, response_id
        ) as previous_responded_at,
        lead(responded_at) over (
            partition by respondent_id, survey_id order by responded_at, response_id
        ) as next_responded_at
    from placed
    where form_exclusion is null and not is_anonymous

),

-- Only responses close to another one can be a double submission, so only theirs are compared in full.
close_responses as (

    select * from neighbours
    where
        responded_at
        <= {{ dbt.dateadd('minute', var('duplicate_submission_minutes'), 'previous_responded_at') }}
        or next_responded_at
        <= {{ dbt.dateadd('minute', var('duplicate_submission_minutes'), 'responded_at') }}

),

-- A score is the same however it is written: 9 and 9.0.
contents as (

    select
        close_responses.response_id,
        close_responses.respondent_id,
        close_responses.survey_id,
        close_responses.invitation_id,
        close_responses.responded_at,
        {{ dbt.listagg(
            "answers.question_id || '#' || cast(answers.answer_no as " ~ dbt.type_string()
            ~ ") || '=' || regexp_replace(answers.value, '^(-?[0-9]+)[.]0+$', '\\1')",
            "'|'", "order by answers.question_id, answers.answer_no"
        ) }} as content
    from close_responses
    inner join answers
        on close_responses.response_id = answers.response_id
    group by
        close_responses.response_id, close_responses.respondent_id, close_responses.survey_id,
        close_responses.invitation_id, close_responses.responded_at

),

-- Answers to two invitations are two interactions, however alike; a copy may have lost its invitation.
double_submissions as (

    select distinct copies.response_id
    from contents as copies
    inner join contents as originals
        on copies.respondent_id = originals.respondent_id
        and copies.survey_id = originals.survey_id
        and copies.content = originals.content
        and coalesce(copies.invitation_id = originals.invitation_id, true)
        and (
            copies.responded_at > originals.responded_at
            or (copies.responded_at = originals.responded_at and copies.response_id > originals.response_id)
        )
        and copies.responded_at
        <= {{ dbt.dateadd('minute', var('duplicate_submission_minutes'), 'originals.responded_at') }}

)

select
    placed.response_id,
    placed.survey_id,
    placed.invitation_id,
    placed.respondent_id,
    placed.customer_id,
    placed.contact_id,
    placed.ticket_id,
    placed.order_id,
    placed.employee_id,
    placed.programme,
    placed.status,
    coalesce(attributes.segment, 'unknown') as segment,
    coalesce(attributes.persona, 'unknown') as persona,
    coalesce(attributes.country, 'unknown') as country,
    coalesce(attributes.region, 'unknown') as region,
    coalesce(placed.language, attributes.language, 'unknown') as language,
    placed.language as answer_language,
    placed.channel,
    placed.touchpoint,
    placed.stage,
    placed.team,
    placed.office,
    case
        when placed.form_exclusion is not null then placed.form_exclusion
        when test_customers.customer_id is not null then 'test_customer'
        when double_submissions.response_id is not null then 'double_submission'
    end as scope_exclusion,
    placed.is_anonymous,
    placed.responded_date,
    placed.responded_at
from placed
left join test_customers
    on placed.customer_id = test_customers.customer_id
left join double_submissions
    on placed.response_id = double_submissions.response_id
left join {{ ref('int_customer_attributes') }} as attributes
    on placed.customer_id = attributes.customer_id
    and placed.responded_date >= attributes.valid_from
    and placed.responded_date < attributes.valid_to
