-- One row per source, theme, period and breakdown in which the theme is named, and one of theme `any` for the texts
-- that name at least one: its share is the coverage of the dictionary. A text names several themes, so shares add up
-- to more than 1. Each share is tested against the period before, Holm-adjusted over the themes of its cell; a theme
-- that nobody named then was 0 of the texts (METRICS §9.2, §0.6).
{%- set dimensions = ['segment', 'language', 'channel', 'touchpoint'] %}
{%- set period = ['period_grain', 'period_start'] %}
{%- set family = ['source', 'period_grain', 'period_start', 'dimension', 'dimension_value', 'is_any'] %}
with

comments as (

    select * from {{ ref('fct_comments') }}

),

registry as (

    select
        metric,
        practical_delta
    from {{ ref('dim_metrics') }}

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
        counts.theme = 'any' as is_any,
        {{ previous_period_start('counts.period_grain', 'counts.period_start') }} as previous_start,
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

),

compared as (

    select
        joined.*,
        registry.practical_delta,
        previous_bases.base as previous_base,
        coalesce(previous.named, 0) as previous_named,
        not joined.is_hidden
        and not coalesce(previous.is_hidden, false)
        and coalesce(previous_bases.base >= {{ var('min_base_publish') }}, false)
        and not {{ is_immature('joined.period_grain', 'joined.period_start') }} as is_testable
    from joined
    left join bases as previous_bases
        on joined.source = previous_bases.source
        and joined.period_grain = previous_bases.period_grain
        and joined.previous_start = previous_bases.period_start
        and joined.dimension = previous_bases.dimension
        and joined.dimension_value = previous_bases.dimension_value
    left join joined as previous
        on joined.source = previous.source
        and joined.theme = previous.theme
        and joined.period_grain = previous.period_grain
        and joined.previous_start = previous.period_start
        and joined.dimension = previous.dimension
        and joined.dimension_value = previous.dimension_value
    left join registry
        on registry.metric = 'theme_share'

),

tested as (

    select
        *,
        case
            when is_testable then {{ share('previous_named', 'previous_base') }}
        end as previous_share,
        case
            when is_testable then {{ share('named', 'base') }} - {{ share('previous_named', 'previous_base') }}
        end as change,
        case
            when is_testable then {{ two_shares_low('named', 'base', 'previous_named', 'previous_base') }}
        end as change_ci_low,
        case
            when is_testable then {{ two_shares_high('named', 'base', 'previous_named', 'previous_base') }}
        end as change_ci_high,
        case
            when is_testable
                then {{ p_of_z(two_shares_z('named', 'base', 'previous_named', 'previous_base')) }}
        end as p_value
    from compared

),

ranked as (

    select
        *,
        count(p_value) over (partition by {{ family | join(', ') }}) as tests,
        row_number() over (partition by {{ family | join(', ') }} order by p_value nulls last, theme) as p_rank
    from tested

),

adjusted as (

    select
        *,
        {{ holm('p_value', 'tests', 'p_rank', family) }} as p_adjusted
    from ranked

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
    {%- for number in ['previous_share', 'change', 'change_ci_low', 'change_ci_high', 'p_value', 'p_adjusted'] %}
    cast({{ number }} as double precision) as {{ number }},
    {%- endfor %}
    case
        when
            p_adjusted is null
            or base < {{ var('min_base_reliable') }}
            or previous_base < {{ var('min_base_reliable') }} then null
        when p_adjusted >= 0.05 or abs(change) < coalesce(practical_delta, 0) then 'none'
        when change > 0 then 'up'
        else 'down'
    end as signal,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from adjusted
