-- One row per text and theme it names: the sign of what it says about the theme. A theme named without a verdict
-- takes the opinion words at most four words away.
{%- set opinion_window = 4 %}
with

hits as (

    select * from {{ ref('int_comment_theme_hits') }}

),

judged as (

    select
        hits.comment_id,
        hits.theme,
        hits.position,
        hits.polarity + coalesce(sum(opinions.polarity), 0) as polarity
    from hits
    left join hits as opinions
        on hits.comment_id = opinions.comment_id
        and opinions.theme = ''
        and hits.polarity = 0
        and opinions.position between hits.position - {{ opinion_window }} and hits.position + {{ opinion_window }}
    where hits.theme <> ''
    group by hits.comment_id, hits.theme, hits.position, hits.polarity

)

select
    comment_id,
    theme,
    cast(count(*) as bigint) as hits,
    cast(sign(sum(polarity)) as bigint) as polarity
from judged
group by comment_id, theme
