-- One row per programme (`none` for reviews and mentions), period and breakdown with a text whose sentiment is known:
-- the counts of net sentiment. Texts of unknown sentiment are out of its base (METRICS §9.2).
{%- set dimensions = ['segment', 'language', 'channel', 'touchpoint'] %}
with

comments as (

    select
        comments.*,
        sentiments.sentiment_sign
    from {{ ref('int_comments') }} as comments
    inner join {{ ref('int_comment_sentiments') }} as sentiments
        on comments.comment_id = sentiments.comment_id
    where sentiments.sentiment_sign is not null

),

placed as (

    select
        comments.programme,
        comments.sentiment_sign,
        {%- for dimension in dimensions %}
        comments.{{ dimension }},
        {%- endfor %}
        grains.period_grain,
        {{ period_start('grains.period_grain', 'comments.commented_date', 'first_months.first_month') }}
            as period_start
    from comments
    cross join {{ period_grains() }} as grains
    cross join {{ first_month(ref('int_comments'), 'commented_date') }} as first_months

)

select
    programme,
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as base,
    count(*) filter (where sentiment_sign = 1) as positives,
    count(*) filter (where sentiment_sign = -1) as negatives
from placed
{{ group_by_breakdowns(['programme', 'period_grain', 'period_start'], dimensions) }}
