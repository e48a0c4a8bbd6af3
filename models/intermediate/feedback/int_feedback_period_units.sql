-- One row per unit that counts in a period: answers that are votes, index scores, and every item put to a
-- respondent. Relational votes and index scores are chosen anew for each grain, so that a respondent counts once in a
-- year as well as in a month (CLARIFICATIONS D16, D20); everything else is the same in all grains (D17) and stands
-- here in its month only.
{%- set dimensions = feedback_dimensions() %}
{%- set carried = dimensions | reject('equalto', 'survey') | list %}
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

),

indices as (

    select * from {{ ref('int_feedback_indices') }}

),

items as (

    select
        staged.response_id,
        staged.question_id,
        staged.answer_no,
        staged.value is null as is_skipped
    from {{ ref('stg_surveys__answers') }} as staged
    inner join {{ ref('int_feedback_questions') }} as questions
        on staged.question_id = questions.question_id
        and questions.is_scored

),

candidates as (

    select
        metric,
        -- The attribute of other metrics tells questions apart, it is no line of a KPI.
        case when metric in ('csi', 'csi_importance') then attribute end as attribute,
        attribute as voted_attribute,
        programme,
        programme = 'relational' as is_latest_only,
        vote_exclusion is null or programme = 'relational' as is_candidate,
        respondent_id,
        coalesce(customer_id, respondent_id) as cluster_id,
        response_id,
        question_id,
        answer_no,
        {{ carried | join(', ') }},
        survey_id as survey,
        case when metric = 'csat' then scale_min end as scale_min,
        case when metric = 'csat' then scale_max end as scale_max,
        score,
        pomp,
        case nps_class when 'promoter' then 1 when 'passive' then 0 when 'detractor' then -1 end as nps_vote,
        is_satisfied,
        is_dissatisfied,
        responded_date,
        responded_at
    from answers
    {%- for index in ['csi', 'acsi'] %}
    union all
    select
        '{{ index }}_index' as metric,
        null as attribute,
        null as voted_attribute,
        responses.programme,
        true as is_latest_only,
        true as is_candidate,
        responses.respondent_id,
        coalesce(responses.customer_id, responses.respondent_id) as cluster_id,
        responses.response_id,
        '' as question_id,
        1 as answer_no,
        {%- for dimension in carried %}
        responses.{{ dimension }},
        {%- endfor %}
        responses.survey_id as survey,
        null as scale_min,
        null as scale_max,
        null as score,
        indices.{{ index }}_score as pomp,
        null as nps_vote,
        null as is_satisfied,
        null as is_dissatisfied,
        responses.responded_date,
        responses.responded_at
    from responses
    inner join indices
        on responses.response_id = indices.response_id
        and indices.{{ index }}_score is not null
    {%- endfor %}
    union all
    select
        'item' as metric,
        null as attribute,
        null as voted_attribute,
        responses.programme,
        false as is_latest_only,
        true as is_candidate,
        responses.respondent_id,
        coalesce(responses.customer_id, responses.respondent_id) as cluster_id,
        responses.response_id,
        items.question_id,
        items.answer_no,
        {%- for dimension in carried %}
        responses.{{ dimension }},
        {%- endfor %}
        responses.survey_id as survey,
        null as scale_min,
        null as scale_max,
        null as score,
        null as pomp,
        null as nps_vote,
        items.is_skipped as is_satisfied,
        null as is_dissatisfied,
        responses.responded_date,
        responses.responded_at
    from responses
    inner join items
        on responses.response_id = items.response_id

),

first_month as (

    -- An item that was only skipped is no data yet (CLARIFICATIONS C7), unless there is nothing else.
    select
        cast(date_trunc('month', coalesce(
            min(case when metric <> 'item' then responded_date end), min(responded_date)
        )) as date) as first_month
    from candidates

),

-- Only what is chosen among others is laid over the grains and sorted; everything else counts as it is.
chosen as (

    select
        latest.*,
        row_number() over (
            partition by period_grain, period_start, programme, metric, voted_attribute, respondent_id
            order by responded_at desc, response_id desc, question_id desc, answer_no desc
        ) as recency
    from (
        select
            candidates.*,
            first_month.first_month,
            grains.period_grain,
            {{ period_start('grains.period_grain', 'candidates.responded_date', 'first_month.first_month') }}
                as period_start
        from candidates
        cross join {{ period_grains() }} as grains
        cross join first_month
        where
            candidates.is_candidate
            and candidates.is_latest_only
    ) as latest

    union all

    select
        candidates.*,
        first_month.first_month,
        'month' as period_grain,
        cast(date_trunc('month', candidates.responded_date) as date) as period_start,
        1 as recency
    from candidates
    cross join first_month
    where
        candidates.is_candidate
        and not candidates.is_latest_only

)

select
    metric,
    attribute,
    programme,
    period_grain,
    period_start,
    response_id,
    question_id,
    answer_no,
    respondent_id,
    cluster_id,
    {{ dimensions | join(', ') }},
    scale_min,
    scale_max,
    score,
    pomp,
    nps_vote,
    is_satisfied,
    is_dissatisfied,
    is_latest_only,
    first_month
from chosen
where recency = 1
