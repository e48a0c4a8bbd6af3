-- One row per response with an unhappy answer (NPS 0-6, the bottom of CSAT, CES 1-2 of 5 or 1-3 of 7): a case that
-- opens when the customer answers, whether or not anybody took it up, and what became of it (METRICS §8.4).
{%- set contact_days = 30 %}
{%- set recovery_days = 90 %}
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

answers as (

    select * from {{ ref('fct_survey_answers') }}
    where metric in {{ interaction_metrics() }}

),

responses as (

    select * from {{ ref('fct_survey_responses') }}

),

employees as (

    select * from {{ ref('int_employees') }}

),

working_days as (

    select * from {{ ref('int_working_days') }}

),

-- A response that asks for a recommendation twice speaks by its lower score.
recommendations as (

    select
        response_id,
        respondent_id,
        programme,
        responded_at,
        min(score) as nps_score
    from answers
    where metric = 'nps'
    group by response_id, respondent_id, programme, responded_at

),

followed_by as (

    select
        response_id,
        nps_score,
        lead(nps_score) over (
            partition by programme, respondent_id order by responded_at, response_id
        ) as next_nps_score,
        lead(responded_at) over (
            partition by programme, respondent_id order by responded_at, response_id
        ) as next_responded_at
    from recommendations

),

unhappy as (

    select
        response_id,
        case
            when bool_or(metric = 'nps') then 'nps'
            when bool_or(metric = 'csat') then 'csat'
            else 'ces'
        end as opened_by
    from answers
    where nps_class = 'detractor' or (metric <> 'nps' and is_dissatisfied)
    group by response_id

),

-- Only a person closes a loop; a call from before the answer, or after as_of, answers nothing.
followups as (

    select
        followups.response_id,
        followups.owner_id,
        nullif(employees.team, 'unknown') as team,
        {% for step in ['contacted_at', 'resolved_at'] -%}
        case
            when
                not coalesce(employees.is_automated, false)
                and followups.{{ step }} between followups.responded_at and clock.as_of
                then followups.{{ step }}
        end as {{ step }},
        {% endfor -%}
        -- A person takes it up, whatever a machine opened before; what is opened after as_of names nobody.
        case
            when coalesce(followups.opened_at, followups.responded_at) <= clock.as_of
                then row_number() over (
                    partition by followups.response_id
                    order by
                        case
                            when coalesce(followups.opened_at, followups.responded_at) > clock.as_of then 2
                            when employees.is_automated then 1
                            else 0
                        end,
                        coalesce(followups.opened_at, followups.responded_at),
                        followups.followup_id
                )
        end as followup_number
    from {{ ref('fct_followups') }} as followups
    cross join clock
    left join employees
        on followups.owner_id = employees.employee_id

),

contacts as (

    select
        response_id,
        max(case when followup_number = 1 then owner_id end) as owner_id,
        max(case when followup_number = 1 then team end) as team,
        min(contacted_at) as contacted_at,
        min(resolved_at) as resolved_at
    from followups
    group by response_id

),

opened as (

    select
        responses.response_id,
        responses.survey_id,
        responses.respondent_id,
        responses.customer_id,
        contacts.owner_id,
        responses.programme,
        responses.segment,
        responses.channel,
        coalesce(contacts.team, responses.team) as team,
        unhappy.opened_by,
        followed_by.nps_score,
        followed_by.next_nps_score,
        responses.responded_date as opened_date,
        responses.responded_at as opened_at,
        {{ utc_to_local('responses.responded_at', var('reporting_time_zone')) }} as opened_local,
        contacts.contacted_at,
        contacts.resolved_at,
        followed_by.next_responded_at
    from unhappy
    inner join responses
        on unhappy.response_id = responses.response_id
    left join followed_by
        on unhappy.response_id = followed_by.response_id
    left join contacts
        on unhappy.response_id = contacts.response_id

),

-- The clock runs through working days, all 24 hours of them: a case of Thursday at three is due on Monday at three, one
-- of the weekend when Tuesday ends.
promised as (

    select
        opened.*,
        {{ local_to_utc(
            'case when opened_on.is_working_day then '
            ~ dbt.dateadd(
                'day', dbt.datediff('opened.opened_date', 'due_on.local_date', 'day'), 'opened.opened_local'
            )
            ~ ' else ' ~ dbt.dateadd('day', 1, 'cast(due_on.local_date as timestamp)') ~ ' end',
            var('reporting_time_zone')
        ) }} as due_at
    from opened
    left join working_days as opened_on
        on opened.opened_date = opened_on.local_date
    left join working_days as due_on
        on due_on.is_working_day
        and due_on.working_days_before = opened_on.working_days_before + {{ var('closed_loop_sla') }}
        - case when opened_on.is_working_day then 0 else 1 end

)

select
    promised.response_id,
    promised.survey_id,
    promised.respondent_id,
    promised.customer_id,
    promised.owner_id,
    promised.programme,
    promised.segment,
    promised.channel,
    promised.team,
    promised.opened_by,
    promised.nps_score,
    promised.next_nps_score,
    {{ minutes_between('promised.opened_at', 'promised.contacted_at') }} as contact_minutes,
    coalesce(promised.nps_score <= 6, false) as is_detractor,
    {{ dbt.dateadd('day', contact_days, 'promised.opened_at') }} <= clock.as_of as is_mature,
    coalesce(
        promised.contacted_at <= {{ dbt.dateadd('day', contact_days, 'promised.opened_at') }}, false
    ) as is_contacted,
    coalesce(
        promised.resolved_at <= {{ dbt.dateadd('day', contact_days, 'promised.opened_at') }}, false
    ) as is_resolved,
    coalesce(promised.due_at <= clock.as_of, false) as is_due,
    coalesce(promised.contacted_at <= promised.due_at, false) as is_on_time,
    {{ dbt.dateadd('day', recovery_days, 'promised.opened_at') }} <= clock.as_of as is_recovery_mature,
    coalesce(
        promised.next_responded_at <= {{ dbt.dateadd('day', recovery_days, 'promised.opened_at') }}, false
    ) as is_asked_again,
    coalesce(
        promised.next_responded_at <= {{ dbt.dateadd('day', recovery_days, 'promised.opened_at') }}
        and promised.next_nps_score >= 7, false
    ) as is_recovered,
    -- What comes after the next answer, or too late for one, had no part in it.
    coalesce(
        promised.contacted_at < promised.next_responded_at
        or (
            promised.next_responded_at is null
            and promised.contacted_at <= {{ dbt.dateadd('day', recovery_days, 'promised.opened_at') }}
        ), false
    ) as is_contacted_first,
    promised.opened_date,
    {{ reporting_date('promised.due_at') }} as due_date,
    promised.opened_at,
    promised.due_at,
    promised.contacted_at,
    promised.resolved_at,
    promised.next_responded_at
from promised
cross join clock
