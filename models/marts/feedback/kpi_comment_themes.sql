-- One row per source, theme, period and breakdown in which the theme is named, and one of theme `any` for the texts
-- that name at least one: its share is the coverage of the dictionary. A text names several themes, so shares add up to
-- more than 1. Each share is tested against the period before, Holm-adjusted over the themes of its cell; a theme that
-- nobody named then was 0 of the texts, and one that nobody names any more has a row with 0 (METRICS §9.2, §0.6). What
-- a theme costs in NPS is the NPS of those who wrote and named it minus that of the others who wrote, times their
-- share: the NPS of all who wrote minus that of those who did not name it. Programmes are not pooled: the answers are
-- of the first of relational, transactional and study that asks for both.
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

-- A response that asks for a recommendation twice speaks by its lower score.
votes as (

    select
        response_id,
        programme,
        min(case nps_class when 'promoter' then 1 when 'passive' then 0 else -1 end) as vote
    from {{ ref('fct_survey_answers') }}
    where
        metric = 'nps'
        and programme in ('relational', 'transactional', 'study')
    group by response_id, programme

),

written_votes as (

    select
        comments.comment_id,
        votes.programme,
        votes.vote
    from comments
    inner join votes
        on comments.response_id = votes.response_id

),

headline_programme as (

    select
        coalesce(
            max(case when programme = 'relational' then programme end),
            max(case when programme = 'transactional' then programme end),
            max(programme)
        ) as programme
    from written_votes

),

placed as (

    select
        comments.comment_id,
        comments.source,
        {%- for dimension in dimensions %}
        comments.{{ dimension }},
        {%- endfor %}
        case when written_votes.programme = headline_programme.programme then written_votes.vote end as vote,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'comments.commented_date', 'first_months.first_month') }}
            as period_start
    from comments
    cross join {{ period_grains() }} as grains
    cross join {{ first_month('comments', 'commented_date') }} as first_months
    cross join headline_programme
    left join written_votes
        on comments.comment_id = written_votes.comment_id

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
        count(*) as base,
        count(vote) as all_voted,
        count(*) filter (where vote = 1) as all_promoters,
        count(*) filter (where vote = -1) as all_detractors
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
        count(*) filter (where is_dislike) as disliked,
        count(vote) as voted,
        count(*) filter (where vote = 1) as promoters,
        count(*) filter (where vote = -1) as detractors
    from named
    {{ group_by_breakdowns(['source', 'theme'] + period, dimensions) }}

),

-- Themes of the period before that nobody names any more, where there are texts to name them in.
fallen as (

    select
        counts.source,
        counts.theme,
        bases.period_grain,
        bases.period_start,
        bases.dimension,
        bases.dimension_value
    from bases
    inner join counts
        on bases.source = counts.source
        and bases.period_grain = counts.period_grain
        and {{ previous_period_start('bases.period_grain', 'bases.period_start') }} = counts.period_start
        and bases.dimension = counts.dimension
        and bases.dimension_value = counts.dimension_value
    left join counts as named_again
        on counts.source = named_again.source
        and counts.theme = named_again.theme
        and bases.period_grain = named_again.period_grain
        and bases.period_start = named_again.period_start
        and counts.dimension = named_again.dimension
        and counts.dimension_value = named_again.dimension_value
    where named_again.theme is null

),

all_counts as (

    select * from counts
    union all
    select
        fallen.*,
        0 as named,
        0 as liked,
        0 as disliked,
        0 as voted,
        0 as promoters,
        0 as detractors
    from fallen

),

joined as (

    select
        counts.*,
        counts.theme = 'any' as is_any,
        bases.all_voted - counts.voted as others_voted,
        bases.all_promoters - counts.promoters as others_promoters,
        bases.all_detractors - counts.detractors as others_detractors,
        {{ previous_period_start('counts.period_grain', 'counts.period_start') }} as previous_start,
        bases.base,
        {{ is_suppressed(
            'bases.base',
            ['counts.source', 'counts.theme', 'counts.period_grain', 'counts.period_start', 'counts.dimension'],
            'counts.dimension_value'
        ) }} as is_hidden
    from all_counts as counts
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
        not joined.is_hidden and joined.voted >= {{ var('min_base_publish') }} as has_nps,
        not joined.is_hidden
        and joined.voted >= {{ var('min_base_publish') }}
        and joined.others_voted >= {{ var('min_base_publish') }} as has_impact,
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
        end as p_value,
        case when has_nps then {{ net_score('promoters', 'detractors', 'voted') }} end as nps,
        case
            when has_impact then {{ net_score('others_promoters', 'others_detractors', 'others_voted') }}
        end as others_nps,
        case when has_impact then {{ share('voted', 'voted + others_voted') }} end as voted_share,
        case
            when has_impact then {{ net_change_centre(
                'promoters', 'detractors', 'voted', 'others_promoters', 'others_detractors', 'others_voted'
            ) }}
        end as nps_difference,
        case
            when has_impact then {{ net_change_standard_error(
                'promoters', 'detractors', 'voted', 'others_promoters', 'others_detractors', 'others_voted'
            ) }}
        end as nps_difference_error
    from compared

),

weighed as (

    select
        *,
        voted_share * (nps - others_nps) as nps_impact,
        {{ p_of_z('(nps_difference / nullif(nps_difference_error, 0))') }} as nps_impact_p_value
    from tested

),

ranked as (

    select
        *,
        count(p_value) over (partition by {{ family | join(', ') }}) as tests,
        row_number() over (partition by {{ family | join(', ') }} order by p_value nulls last, theme) as p_rank,
        count(nps_impact_p_value) over (partition by {{ family | join(', ') }}) as impact_tests,
        row_number() over (
            partition by {{ family | join(', ') }} order by nps_impact_p_value nulls last, theme
        ) as impact_rank
    from weighed

),

adjusted as (

    select
        *,
        {{ holm('p_value', 'tests', 'p_rank', family) }} as p_adjusted,
        {{ holm('nps_impact_p_value', 'impact_tests', 'impact_rank', family) }} as nps_impact_p_adjusted
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
    case when not is_hidden then voted end as nps_base,
    cast(nps as double precision) as nps,
    cast(case when has_nps then {{ net_score_low('promoters', 'detractors', 'voted') }} end as double precision)
        as nps_ci_low,
    cast(case when has_nps then {{ net_score_high('promoters', 'detractors', 'voted') }} end as double precision)
        as nps_ci_high,
    cast(others_nps as double precision) as others_nps,
    cast(nps_impact as double precision) as nps_impact,
    cast(voted_share * (nps_difference - {{ z_quantile() }} * nps_difference_error) as double precision)
        as nps_impact_ci_low,
    cast(voted_share * (nps_difference + {{ z_quantile() }} * nps_difference_error) as double precision)
        as nps_impact_ci_high,
    cast(nps_impact_p_adjusted as double precision) as nps_impact_p_adjusted,
    case
        when
            nps_impact_p_adjusted is null
            or voted < {{ var('min_base_reliable') }}
            or others_voted < {{ var('min_base_reliable') }} then null
        when nps_impact_p_adjusted >= 0.05 then 'none'
        when nps_impact > 0 then 'up'
        else 'down'
    end as nps_impact_signal,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from adjusted
