-- One row per source, theme, period and breakdown in which the theme is named, and one of theme `any` for the texts
-- that name at least one: its share is the coverage of the dictionary. A text names several themes, so shares add up
-- to more than 1 (METRICS §9.2).
{%- set dimensions = ['segment', 'language', 'channel', 'touchpoint'] %}
{%- set period = ['period_grain', 'period_start'] %}
with

comments as (

    select * from {{ ref('fct_comments') }}

),

first_month as (

    select cast(date_trunc('month', min(commented_date)) as date) as first_month from comments

),

placed as (

    select
        comments.comment_id,
        comments.source,
        {%- for dimension in dimensions %}
        comments.{{ dimension }},
        {%- endfor %}
        grains.period_grain,
        {{ period_start('grains.period_grain', 'comments.commented_date', 'first_month.first_month') }}
            as period_start
    from comments
    cross join {{ period_grains() }} as grains
    cross join first_month

),

named_themes as (

    select
        comment_id,
        theme,
        is_like,
        is_dislike
    from {{ ref('fct_comment_themes') }}
    union all
    select
        comment_id,
        'any' as theme,
        count(*) filter (where is_like) > 0 as is_like,
        count(*) filter (where is_dislike) > 0 as is_dislike
    from {{ ref('fct_comment_themes') }}
    group by comment_id

),

bases as (

    select
        source,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as base
    from placed
    {{ group_by_breakdowns(['source'] + period, dimensions) }}

),

named as (

    select
        placed.*,
        named_themes.theme,
        named_themes.is_like,
        named_themes.is_dislike
    from placed
    inner join named_themes
        on placed.comment_id = named_themes.comment_id

),

counts as (

    select
        source,
        theme,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as named,
        count(*) filter (where is_like) as liked,
        count(*) filter (where is_dislike) as disliked
    from named
    {{ group_by_breakdowns(['source', 'theme'] + period, dimensions) }}

),

joined as (

    select
        counts.*,
        bases.base,
        {{ is_suppressed(
            'bases.base',
            ['counts.source', 'counts.theme', 'counts.period_grain', 'counts.period_start', 'counts.dimension'],
            'counts.dimension_value'
        ) }} as is_hidden
    from counts
    inner join bases
        on counts.source = bases.source
        and counts.period_grain = bases.period_grain
        and counts.period_start = bases.period_start
        and counts.dimension = bases.dimension
        and counts.dimension_value = bases.dimension_value

)

select
    source,
    theme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    case when not is_hidden then named end as named,
    case when not is_hidden then liked end as liked,
    case when not is_hidden then disliked end as disliked,
    cast(case when not is_hidden then {{ share('named', 'base') }} end as double precision) as theme_share,
    cast(case when not is_hidden then {{ wilson_low('named', 'base') }} end as double precision) as ci_low,
    cast(case when not is_hidden then {{ wilson_high('named', 'base') }} end as double precision) as ci_high,
    cast(case when not is_hidden then {{ share('liked', 'base') }} end as double precision) as like_share,
    cast(case when not is_hidden then {{ share('disliked', 'base') }} end as double precision) as dislike_share,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from joined
