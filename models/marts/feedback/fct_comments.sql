-- One row per text a customer wrote, masked, with its sentiment and the number of themes it names.
with

comments as (

    select * from {{ ref('int_comments') }}

),

sentiments as (

    select * from {{ ref('int_comment_sentiments') }}

)

select
    comments.comment_id,
    comments.source,
    comments.source_id,
    comments.response_id,
    comments.survey_id,
    comments.customer_id,
    comments.programme,
    comments.segment,
    comments.channel,
    comments.touchpoint,
    comments.language,
    comments.text,
    case sentiments.sentiment_sign
        when 1 then 'positive'
        when 0 then 'neutral'
        when -1 then 'negative'
        else 'unknown'
    end as sentiment,
    sentiments.sentiment_source,
    cast(sentiments.themes as bigint) as themes,
    comments.is_language_declared,
    sentiments.themes > 0 as is_themed,
    comments.commented_date,
    comments.commented_at
from comments
inner join sentiments
    on comments.comment_id = sentiments.comment_id
