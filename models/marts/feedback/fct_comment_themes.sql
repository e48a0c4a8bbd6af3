-- One row per text and theme it names, with whether it likes or dislikes it.
with

themes as (

    select * from {{ ref('int_comment_themes') }}

),

comments as (

    select * from {{ ref('int_comments') }}

)

select
    themes.comment_id,
    themes.theme,
    comments.source,
    comments.response_id,
    comments.survey_id,
    comments.customer_id,
    comments.programme,
    comments.segment,
    comments.channel,
    comments.touchpoint,
    comments.language,
    themes.hits,
    themes.polarity,
    themes.polarity > 0 as is_like,
    themes.polarity < 0 as is_dislike,
    comments.commented_date,
    comments.commented_at
from themes
inner join comments
    on themes.comment_id = comments.comment_id
