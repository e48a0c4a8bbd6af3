-- One row per metric and outcome that somebody answers for: a solution by the assignee at the time, a promise to
-- reply by whoever replied first, an answer about a ticket by its solver (METRICS §4.0, §10.1). An answer about a
-- merged ticket is about the survivor (D31), and counts on the scale that most of them are on, because shares of scales
-- are never pooled (§2.3).
with

tickets as (

    select * from {{ ref('fct_tickets') }}

),

solutions as (

    select
        support_quality.*,
        tickets.solver_id,
        tickets.first_solved_at
    from {{ ref('int_support_quality') }} as support_quality
    inner join tickets
        on support_quality.ticket_id = tickets.ticket_id

),

outcomes as (
    {% for metric, is_mature, is_positive in [
        ('fcr', 'is_contact_mature', 'not is_reopened_early and not is_recontacted'),
        ('one_touch', 'is_contact_mature', 'not is_reopened_early and has_one_reply'),
        ('reopen_rate', 'is_reopen_mature', 'is_reopened'),
    ] %}
    select
        '{{ metric }}' as metric,
        ticket_id as outcome_id,
        ticket_id,
        solver_id as employee_id,
        team,
        office,
        channel,
        priority,
        topic,
        {{ is_positive }} as is_positive,
        first_solved_at as outcome_at
    from solutions
    where {{ is_mature }}

    union all
    {% endfor %}
    select
        'sla_attainment' as metric,
        sla_outcomes.ticket_id as outcome_id,
        sla_outcomes.ticket_id,
        repliers.replier_id as employee_id,
        tickets.team,
        tickets.office,
        tickets.channel,
        sla_outcomes.priority,
        tickets.topic,
        sla_outcomes.outcome = 'met' as is_positive,
        sla_outcomes.due_at as outcome_at
    from {{ ref('fct_sla_outcomes') }} as sla_outcomes
    inner join tickets
        on sla_outcomes.ticket_id = tickets.ticket_id
    left join {{ ref('int_first_repliers') }} as repliers
        on sla_outcomes.ticket_id = repliers.ticket_id
    where
        sla_outcomes.metric = 'first_reply'
        and sla_outcomes.outcome in ('met', 'breached')
        and sla_outcomes.due_at <= {{ as_of() }}

    union all

    select
        'csat_t2b' as metric,
        answers.response_id || '|' || answers.question_id || '|' || cast(answers.answer_no as {{ dbt.type_string() }})
            as outcome_id,
        tickets.ticket_id,
        coalesce(tickets.solver_id, answers.employee_id) as employee_id,
        coalesce(tickets.team, answers.team) as team,
        coalesce(tickets.office, answers.office) as office,
        coalesce(tickets.channel, answers.channel) as channel,
        tickets.priority,
        tickets.topic,
        answers.is_satisfied as is_positive,
        answers.responded_at as outcome_at
    from {{ ref('fct_survey_answers') }} as answers
    inner join {{ ref('fct_survey_responses') }} as responses
        on answers.response_id = responses.response_id
    inner join {{ ref('int_feedback_csat_scales') }} as scales
        on answers.programme = scales.programme
        and scales.dimension = 'total'
        and answers.scale_min = scales.scale_min
        and answers.scale_max = scales.scale_max
    left join {{ ref('int_tickets_apart') }} as apart
        on responses.ticket_id = apart.ticket_id
    left join tickets
        on coalesce(apart.survivor_ticket_id, responses.ticket_id) = tickets.ticket_id
    where
        answers.metric = 'csat'
        and answers.programme = 'transactional'
        and answers.is_vote
        and answers.is_satisfied is not null

)

select
    cast(outcomes.metric as {{ dbt.type_string() }}) as metric,
    outcomes.outcome_id,
    outcomes.ticket_id,
    outcomes.employee_id,
    coalesce(outcomes.team, 'unknown') as team,
    coalesce(outcomes.office, 'unknown') as office,
    coalesce(outcomes.channel, 'unknown') as channel,
    coalesce(outcomes.priority, 'unknown') as priority,
    coalesce(outcomes.topic, 'unknown') as topic,
    outcomes.is_positive,
    coalesce(employees.is_automated, false) as is_automated,
    {{ reporting_date('outcomes.outcome_at') }} as outcome_date,
    outcomes.outcome_at
from outcomes
left join {{ ref('dim_employees') }} as employees
    on outcomes.employee_id = employees.employee_id
