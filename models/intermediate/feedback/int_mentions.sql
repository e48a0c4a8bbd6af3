-- One row per public mention, without its author; its text stands in fct_comments.
select
    mention_id,
    platform,
    coalesce(language, 'unknown') as language,
    coalesce(sentiment, 'unknown') as sentiment,
    reach,
    {{ minutes_between('posted_at', 'replied_at') }} as reply_minutes,
    text is not null as has_text,
    replied_at is not null as is_replied,
    is_repost,
    is_own,
    {{ reporting_date('posted_at') }} as posted_date,
    posted_at,
    replied_at
from {{ ref('stg_voice__mentions') }}
