-- One row per text a customer wrote: an answer to a comment question, a review, a mention. Reposts, own posts and
-- removed reviews are nobody's voice and are left out, and what an author posts again within a week is one text
-- (METRICS §9.1, §13 rule 45). Personal data was masked in staging. Sentiment comes from the score given with the text
-- where there is one.
{%- set text_type = dbt.type_string() %}
{%- set repost_days = 7 %}
with

answers as (

    select * from {{ ref('stg_surveys__answers') }}
    where value is not null

),

questions as (

    select * from {{ ref('int_feedback_questions') }}
    where metric = 'comment'

),

responses as (

    select * from {{ ref('int_feedback_responses') }}
    where scope_exclusion is null

),

-- What the respondent thought by the same response: the NPS class, else satisfaction, else the ease of the contact.
verdicts as (

    select
        response_id,
        coalesce(
            max(case nps_class when 'promoter' then 1 when 'passive' then 0 when 'detractor' then -1 end),
            {%- for metrics in ["'csat'", "'ces5', 'ces2', 'ces1'"] %}
            max(
                case
                    when metric not in ({{ metrics }}) then null
                    when is_satisfied then 1
                    when is_dissatisfied then -1
                    when not is_satisfied then 0
                end
            ){{ ',' if not loop.last }}
            {%- endfor %}
        ) as verdict
    from {{ ref('int_feedback_answers') }}
    group by response_id

),

test_customers as (

    select customer_id from {{ ref('stg_crm__customers') }}
    where is_test

),

survey_texts as (

    select
        cast('survey' as {{ text_type }}) as source,
        answers.response_id || '#' || answers.question_id || '#' || cast(answers.answer_no as {{ text_type }})
            as source_id,
        answers.response_id,
        responses.survey_id,
        responses.customer_id,
        responses.programme,
        responses.channel,
        responses.touchpoint,
        responses.answer_language as declared_language,
        answers.value as text,
        verdicts.verdict,
        cast('score' as {{ text_type }}) as verdict_source,
        responses.responded_at as commented_at
    from answers
    inner join questions
        on answers.question_id = questions.question_id
    inner join responses
        on answers.response_id = responses.response_id
    left join verdicts
        on answers.response_id = verdicts.response_id

),

review_texts as (

    select
        cast('review' as {{ text_type }}) as source,
        reviews.review_id as source_id,
        cast(null as {{ text_type }}) as response_id,
        cast(null as {{ text_type }}) as survey_id,
        reviews.customer_id,
        cast('none' as {{ text_type }}) as programme,
        reviews.platform as channel,
        cast('unknown' as {{ text_type }}) as touchpoint,
        reviews.language as declared_language,
        reviews.text,
        case
            when reviews.rating >= scale_map.satisfied_from then 1
            when reviews.rating <= scale_map.dissatisfied_to then -1
            when reviews.rating is not null and scale_map.scale is not null then 0
        end as verdict,
        cast('score' as {{ text_type }}) as verdict_source,
        reviews.posted_at as commented_at
    from {{ ref('stg_voice__reviews') }} as reviews
    left join {{ ref('scale_map') }} as scale_map
        on scale_map.scale_min = 1
        and reviews.rating_max = scale_map.scale_max
    where reviews.text is not null and not reviews.is_removed

),

posts as (

    select
        mentions.*,
        lag(posted_at) over (partition by author, text order by posted_at, mention_id) as posted_before_at
    from {{ ref('stg_voice__mentions') }} as mentions
    where text is not null and not is_repost and not is_own

),

mention_texts as (

    select
        cast('mention' as {{ text_type }}) as source,
        mention_id as source_id,
        cast(null as {{ text_type }}) as response_id,
        cast(null as {{ text_type }}) as survey_id,
        cast(null as {{ text_type }}) as customer_id,
        cast('none' as {{ text_type }}) as programme,
        platform as channel,
        cast('unknown' as {{ text_type }}) as touchpoint,
        language as declared_language,
        text,
        case sentiment when 'positive' then 1 when 'neutral' then 0 when 'negative' then -1 end as verdict,
        cast('label' as {{ text_type }}) as verdict_source,
        posted_at as commented_at
    from posts
    where
        author is null
        or coalesce(posted_at > {{ dbt.dateadd('day', repost_days, 'posted_before_at') }}, true)

),

texts as (

    select * from survey_texts
    union all
    select * from review_texts
    union all
    select * from mention_texts

),

dated as (

    select
        texts.source || ':' || texts.source_id as comment_id,
        texts.*,
        {{ folded('texts.text') }} as folded_text,
        {{ reporting_date('texts.commented_at') }} as commented_date
    from texts
    left join test_customers
        on texts.customer_id = test_customers.customer_id
    where test_customers.customer_id is null

)

select
    dated.comment_id,
    dated.source,
    dated.source_id,
    dated.response_id,
    dated.survey_id,
    dated.customer_id,
    dated.programme,
    coalesce(attributes.segment, 'unknown') as segment,
    dated.channel,
    dated.touchpoint,
    case
        when dated.declared_language is not null then lower(substr(dated.declared_language, 1, 2))
        when {{ matches('dated.folded_text', '[а-я]') }} then 'ru'
        when {{ matches('dated.text', '[ĄČĘĖĮŠŲŪŽąčęėįšųūž]') }} then 'lt'
        when {{ matches('dated.folded_text', '(^|[^a-z])(the|and|was|were|is|very|not|for|with|this|you)([^a-z]|$)') }}
            then 'en'
        else 'unknown'
    end as language,
    dated.text,
    dated.folded_text,
    dated.verdict,
    dated.verdict_source,
    dated.declared_language is not null as is_language_declared,
    dated.commented_date,
    dated.commented_at
from dated
left join {{ ref('int_customer_attributes') }} as attributes
    on dated.customer_id = attributes.customer_id
    and dated.commented_date >= attributes.valid_from
    and dated.commented_date < attributes.valid_to
