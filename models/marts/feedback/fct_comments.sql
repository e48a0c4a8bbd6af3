-- One row per text a customer wrote, masked, with its sentiment: of the score given with it, of the label the
-- source gave it, of the dictionary, else unknown and never neutral by default (METRICS §9.2).
with

comments as (

    select * from {{ ref('int_comments') }}

),

tones as (

    select comment_id, cast(sign(sum(polarity)) as bigint) as tone, count(*) as polar_words
    from {{ ref('int_comment_theme_hits') }}
    where polarity <> 0
    group by comment_id

),

theme_counts as (

    select comment_id, count(*) as themes from {{ ref('int_comment_themes') }} group by comment_id

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
    case coalesce(comments.verdict, tones.tone)
        when 1 then 'positive'
        when 0 then 'neutral'
        when -1 then 'negative'
        else 'unknown'
    end as sentiment,
    case
        when comments.verdict is not null then comments.verdict_source
        when tones.polar_words > 0 then 'dictionary'
        else 'unknown'
    end as sentiment_source,
    cast(coalesce(theme_counts.themes, 0) as bigint) as themes,
    comments.is_language_declared,
    coalesce(theme_counts.themes, 0) > 0 as is_themed,
    comments.commented_date,
    comments.commented_at
from comments
left join tones
    on comments.comment_id = tones.comment_id
left join theme_counts
    on comments.comment_id = theme_counts.comment_id
