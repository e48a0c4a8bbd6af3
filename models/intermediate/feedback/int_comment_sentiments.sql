-- One row per text with its sentiment, 1, 0 or -1: of the score or label given with it, else of the dictionary, else
-- unknown (null) and never neutral by default (METRICS §9.2).
with

comments as (

    select * from {{ ref('int_comments') }}

),

tones as (

    select
        comment_id,
        cast(sign(sum(polarity)) as bigint) as tone
    from {{ ref('int_comment_theme_hits') }}
    where polarity <> 0
    group by comment_id

),

theme_counts as (

    select
        comment_id,
        count(*) as themes
    from {{ ref('int_comment_themes') }}
    group by comment_id

)

select
    comments.comment_id,
    case
        when comments.verdict is not null then comments.verdict_source
        when tones.tone is not null then 'dictionary'
        else 'unknown'
    end as sentiment_source,
    coalesce(comments.verdict, tones.tone) as sentiment_sign,
    coalesce(theme_counts.themes, 0) as themes
from comments
left join tones
    on comments.comment_id = tones.comment_id
left join theme_counts
    on comments.comment_id = theme_counts.comment_id
