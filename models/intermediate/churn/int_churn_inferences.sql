-- One row per churn without a stated reason and reason that can be inferred for it: what the customer wrote where a
-- code was asked for, else the last negative comment or ticket within churn_lookback_days before it (METRICS §3.9,
-- CLARIFICATIONS D58). `inference_rank` 1 is the one to take.
{%- set window_days = var('churn_grace_days') + 30 %}
with

churns as (

    select * from {{ ref('int_ended_spells') }}

),

text_reasons as (

    select * from {{ ref('int_churn_text_reasons') }}

),

written as (

    select
        churns.customer_id,
        churns.spell_number,
        1 as source_rank,
        churns.cancellation_requested_at as evidence_at,
        text_reasons.text_id as evidence_id,
        text_reasons.reason,
        text_reasons.weight,
        text_reasons.first_position
    from churns
    inner join text_reasons
        on text_reasons.text_id = 'cancellation:' || churns.cancellation_id

    union all

    select
        churns.customer_id,
        churns.spell_number,
        1 as source_rank,
        answers.responded_at as evidence_at,
        text_reasons.text_id as evidence_id,
        text_reasons.reason,
        text_reasons.weight,
        text_reasons.first_position
    from churns
    inner join {{ ref('int_exit_answers') }} as answers
        on churns.customer_id = answers.customer_id
        and answers.reason = 'unknown'
        and answers.responded_date >= {{ date_plus('churns.churn_date', -window_days) }}
        and answers.responded_date <= {{ date_plus('churns.churn_date', 30) }}
    inner join text_reasons
        on text_reasons.text_id
        = 'answer:' || answers.response_id || '#' || answers.question_id || '#'
        || cast(answers.answer_no as {{ dbt.type_string() }})

),

-- A theme the comment dislikes says more than one it only names.
complaints as (

    select
        churns.customer_id,
        churns.spell_number,
        2 as source_rank,
        comments.commented_at as evidence_at,
        'comment:' || comments.comment_id as evidence_id,
        reasons.reason,
        sum(case when themes.is_dislike then 1000 else 0 end + themes.hits) as weight,
        0 as first_position
    from churns
    inner join {{ ref('fct_comments') }} as comments
        on churns.customer_id = comments.customer_id
        and comments.sentiment = 'negative'
        and comments.commented_date >= {{ date_plus('churns.churn_date', -var('churn_lookback_days')) }}
        and comments.commented_date < churns.churn_date
    inner join {{ ref('fct_comment_themes') }} as themes
        on comments.comment_id = themes.comment_id
        and not themes.is_like
    inner join {{ ref('churn_reason_themes') }} as reasons
        on themes.theme = reasons.theme
    group by
        churns.customer_id, churns.spell_number, comments.commented_at, comments.comment_id, reasons.reason

),

tickets as (

    select
        churns.customer_id,
        churns.spell_number,
        2 as source_rank,
        tickets.created_at as evidence_at,
        'ticket:' || tickets.ticket_id as evidence_id,
        text_reasons.reason,
        text_reasons.weight,
        text_reasons.first_position
    from churns
    inner join {{ ref('fct_tickets') }} as tickets
        on churns.customer_id = tickets.customer_id
        and tickets.created_date >= {{ date_plus('churns.churn_date', -var('churn_lookback_days')) }}
        and tickets.created_date < churns.churn_date
    inner join text_reasons
        on text_reasons.text_id = 'topic:' || tickets.topic

),

candidates as (

    select * from written
    union all
    select * from complaints
    union all
    select * from tickets

),

ranked as (

    select
        *,
        dense_rank() over (
            partition by customer_id, spell_number order by source_rank asc, evidence_at desc, evidence_id desc
        ) as evidence_rank,
        row_number() over (
            partition by customer_id, spell_number
            order by
                source_rank asc, evidence_at desc, evidence_id desc, weight desc, first_position asc, reason asc
        ) as inference_rank
    from candidates

)

select
    customer_id,
    spell_number,
    reason,
    evidence_id,
    cast(inference_rank as bigint) as inference_rank,
    evidence_at
from ranked
where evidence_rank = 1
