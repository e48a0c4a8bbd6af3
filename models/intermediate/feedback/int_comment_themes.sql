-- One row per text and theme it names: the sign of what it says about the theme. A theme of whose words none has a
-- verdict takes the opinion words at most four words away.
{%- set opinion_window = 4 %}
with

hits as (

    select * from {{ ref('int_comment_theme_hits') }}

),

-- Only a theme without a verdict has a comment to look for opinions in: the engine looks them up by key, where a
-- condition on one side of the join would have it compare all with all.
named as (

    select
        hits.*,
        case when max(abs(polarity)) over (partition by comment_id, theme) = 0 then comment_id end
            as opinions_comment_id
    from hits
    where theme <> ''

),

judged as (

    select
        named.comment_id,
        named.theme,
        named.position,
        named.polarity + coalesce(sum(opinions.polarity), 0) as polarity
    from named
    left join hits as opinions
        on named.opinions_comment_id = opinions.comment_id
        and opinions.theme = ''
        and opinions.position between named.position - {{ opinion_window }} and named.position + {{ opinion_window }}
    group by named.comment_id, named.theme, named.position, named.polarity

)

select
    comment_id,
    theme,
    cast(count(*) as bigint) as hits,
    cast(sign(sum(polarity)) as bigint) as polarity
from judged
group by comment_id, theme
