-- One row per rule of METRICS §13, action and table of surveys and voices that is counted here.
{{ config(access='protected') }}
with

responses as (

    select * from {{ ref('int_feedback_responses') }}

),

response_customers as (

    select
        responses.response_id,
        customers.customer_id is null as is_unknown
    from {{ ref('stg_surveys__responses') }} as responses
    left join {{ ref('stg_crm__customers') }} as customers
        on responses.customer_id = customers.customer_id
    where responses.customer_id is not null

),

questions as (

    select * from {{ ref('stg_surveys__questions') }}

),

scores as (

    select
        answers.response_id,
        answers.question_id,
        questions.metric,
        {{ try_cast('answers.value', 'double precision') }} * questions.direction as score
    from {{ ref('stg_surveys__answers') }} as answers
    inner join questions
        on answers.question_id = questions.question_id
    where questions.metric in {{ scored_metrics() }} and answers.value is not null

),

long_forms as (

    select
        response_id,
        min(score) as lowest,
        max(score) as highest
    from scores
    group by response_id
    having count(*) >= 8

),

recommendations as (

    select
        response_id,
        avg(score) as score
    from scores
    where metric = 'nps'
    group by response_id

),

agreements as (

    select
        scores.question_id,
        corr(scores.score, recommendations.score) as correlation
    from scores
    inner join recommendations
        on scores.response_id = recommendations.response_id
    where scores.metric <> 'nps'
    group by scores.question_id
    having count(*) >= 30

),

invitations as (

    select
        invitation_id,
        sent_at,
        lag(sent_at) over (
            partition by coalesce(contact_id, customer_id)
            order by sent_at, invitation_id
        ) as previous_sent_at
    from {{ ref('stg_surveys__invitations') }}
    where coalesce(contact_id, customer_id) is not null

),

-- Columns beyond the contract's stand in the judged rows only; superseded rows always do.
superseded_answers as (

    select
        response_id || '|' || question_id as answer_key,
        is_late_edit
    from {{ judged_relation(ref('stg_surveys__answers')) }}
    where row_verdict = 'superseded'

),

answers as (

    select
        response_id || '|' || question_id as answer_key,
        value
    from {{ ref('stg_surveys__answers') }}

),

reviews as (

    select * from {{ ref('stg_voice__reviews') }}

),

mentions as (

    select * from {{ ref('stg_voice__mentions') }}

),

research_findings as (

    select
        finding_id,
        coalesce(statement, '') || ' ' || coalesce(quote, '') as text
    from {{ ref('stg_voice__research_findings') }}

),

-- A cell of the population that says nothing, or that nobody answers for, leaves the score unweighted.
population as (

    select
        {{ trimmed("cells.segment || ' ' || coalesce(cells.tenure_band, '')") }} as cell,
        coalesce(cells.customers, 0) <= 0 or answered.segment is null as is_empty
    from {{ ref('population_cells') }} as cells
    left join (
        select distinct segment from responses
        where programme = 'relational' and scope_exclusion is null
    ) as answered
        on cells.segment = answered.segment

),

counts as (

    {{ rule_count('3', 'warn', 'surveys.responses', 'response_customers', 'response_id', 'is_unknown') }}
    union all
    {{ rule_count(
        '10', 'warn', 'surveys.questions', 'questions', 'question_id',
        "metric = 'nps' and (scale_min <> 0 or scale_max <> 10)"
    ) }}
    union all
    {{ rule_count('12', 'repair', 'surveys.questions', 'questions', 'question_id', 'direction = -1') }}
    union all
    {{ rule_count('12', 'warn', 'surveys.questions', 'agreements', 'question_id', 'correlation < 0') }}
    union all
    {{ rule_count(
        '13', 'repair', 'surveys.responses', 'responses', 'response_id',
        "scope_exclusion in ('not_submitted', 'employee', 'test_customer')"
    ) }}
    union all
    {{ rule_count(
        '14', 'repair', 'surveys.responses', 'responses', 'response_id', "scope_exclusion = 'double_submission'"
    ) }}
    union all
    {{ rule_count('15', 'warn', 'surveys.responses', 'long_forms', 'response_id', 'lowest = highest') }}
    union all
    {{ rule_count('17', 'repair', 'surveys.responses', 'responses', 'response_id', 'invitation_id is null') }}
    union all
    {{ rule_count(
        '18', 'warn', 'surveys.invitations', 'invitations', 'invitation_id',
        'sent_at < ' ~ dbt.dateadd('day', var('tnps_cooldown_days'), 'previous_sent_at')
    ) }}
    union all
    {{ rule_count('19', 'repair', 'surveys.answers', 'superseded_answers', 'answer_key', 'is_late_edit') }}
    union all
    {{ rule_count('20', 'repair', 'surveys.answers', 'answers', 'answer_key', was_masked('value')) }}
    union all
    {{ rule_count('20', 'repair', 'voice.reviews', 'reviews', 'review_id', was_masked('text')) }}
    union all
    {{ rule_count('20', 'repair', 'voice.mentions', 'mentions', 'mention_id', was_masked('text')) }}
    union all
    {{ rule_count('20', 'repair', 'voice.research_findings', 'research_findings', 'finding_id', was_masked('text')) }}
    union all
    {{ rule_count('21', 'warn', 'surveys.answers', 'answers', 'answer_key', lost_letters('value')) }}
    union all
    {{ rule_count('21', 'warn', 'voice.reviews', 'reviews', 'review_id', lost_letters('text')) }}
    union all
    {{ rule_count('21', 'warn', 'voice.mentions', 'mentions', 'mention_id', lost_letters('text')) }}
    union all
    {{ rule_count('21', 'warn', 'voice.research_findings', 'research_findings', 'finding_id', lost_letters('text')) }}
    union all
    {{ rule_count('48', 'warn', 'surveys.responses', 'population', 'cell', 'is_empty') }}
    union all
    {{ rule_count(
        '42', 'warn', 'surveys.responses', ref('stg_surveys__responses') ~ ' as delivered', 'response_id',
        is_late('responded_at')
    ) }}
    union all
    {{ rule_count('42', 'warn', 'voice.reviews', 'reviews', 'review_id', is_late('posted_at')) }}
    union all
    {{ rule_count('45', 'repair', 'voice.reviews', 'reviews', 'review_id', 'is_removed') }}
    union all
    {{ rule_count('45', 'repair', 'voice.mentions', 'mentions', 'mention_id', 'is_repost or is_own') }}

)

select * from counts
