-- One row per survey metric, period, stage of the way and channel, with `total` for all channels and for the whole way:
-- how the stage was found, from 0 to 100, and how far from the whole way that is (METRICS §6.1). The gap is tested
-- against the rest of the way, which holds other answers, by Welch's test (T5), Holm-adjusted over the stages, or over
-- the cells of stage and channel, of a period. The weakest stage has the lowest score, beyond chance; those of a low
-- base are not ranked (§0.4). Of `unmapped` answers it is only told how many there are and what they say.
{%- set family = ['metric', 'period_grain', 'period_start', 'is_cell'] %}
with

stages as (

    select distinct
        stage,
        stage_order
    from {{ ref('journey_stages') }}

),

cells as (

    select
        cells.*,
        cells.channel <> 'total' as is_cell,
        stages.stage_order,
        cells.pomp_sum / cells.answers as score,
        {{ variance_of_sums('cells.pomp_sum', 'cells.pomp_square_sum', 'cells.answers') }} as variance
    from {{ ref('int_journey_stage_cells') }} as cells
    left join stages
        on cells.stage = stages.stage

),

judged as (

    select
        *,
        answers < {{ var('min_base_publish') }} as is_small,
        answers >= {{ var('min_base_reliable') }} as is_reliable
    from cells

),

rests as (

    select
        judged.*,
        whole.score as journey_score,
        whole.answers - judged.answers as rest_answers,
        (whole.pomp_sum - judged.pomp_sum) / nullif(whole.answers - judged.answers, 0) as rest_score,
        {{ variance_of_sums(
            '(whole.pomp_sum - judged.pomp_sum)', '(whole.pomp_square_sum - judged.pomp_square_sum)',
            'nullif(whole.answers - judged.answers, 0)'
        ) }} as rest_variance
    from judged
    -- A key that is null where nothing is looked for: a condition on one side alone would compare all with all.
    left join judged as whole
        on case when judged.stage <> 'unmapped' then judged.metric end = whole.metric
        and judged.period_grain = whole.period_grain
        and judged.period_start = whole.period_start
        and whole.stage = 'total'

),

-- The gap is a fixed part of the difference from the rest: what the stage weighs in the whole is not its own doing.
gaps as (

    select
        *,
        score - journey_score as gap,
        {{ welch_standard_error('variance', 'answers', 'rest_variance', 'rest_answers') }} as rest_standard_error,
        {{ welch_degrees('variance', 'answers', 'rest_variance', 'rest_answers') }} as degrees,
        cast(rest_answers as double precision) / (answers + rest_answers) as rest_share,
        stage <> 'total'
        and not is_small
        and rest_answers >= {{ var('min_base_publish') }}
        and variance + rest_variance > 0 as is_testable
    from rests

),

tested as (

    select
        *,
        case
            when is_testable then {{ p_of_t('((score - rest_score) / nullif(rest_standard_error, 0))', 'degrees') }}
        end as p_value
    from gaps

),

ranked as (

    select
        *,
        count(p_value) over (partition by {{ family | join(', ') }}) as tests,
        row_number() over (
            partition by {{ family | join(', ') }} order by p_value nulls last, stage, channel
        ) as p_rank,
        row_number() over (
            partition by {{ family | join(', ') }}
            order by case when is_testable and is_reliable then score end nulls last, stage, channel
        ) as score_rank
    from tested

),

adjusted as (

    select
        *,
        {{ holm('p_value', 'tests', 'p_rank', family) }} as p_adjusted
    from ranked

)

select
    metric,
    period_grain,
    period_start,
    cast(stage as {{ dbt.type_string() }}) as stage,
    cast(channel as {{ dbt.type_string() }}) as channel,
    {{ publish_status('answers', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    cast(stage_order as bigint) as stage_order,
    answers as base,
    case when not is_small then score end as score,
    case when not is_small then {{ mean_low('score', 'variance', 'answers') }} end as ci_low,
    case when not is_small then {{ mean_high('score', 'variance', 'answers') }} end as ci_high,
    case when is_testable then gap end as stage_gap,
    case
        when is_testable then gap - {{ t_quantile_real('degrees') }} * rest_share * rest_standard_error
    end as stage_gap_ci_low,
    case
        when is_testable then gap + {{ t_quantile_real('degrees') }} * rest_share * rest_standard_error
    end as stage_gap_ci_high,
    p_value,
    p_adjusted,
    coalesce(
        score_rank = 1 and is_reliable and gap < 0 and p_adjusted < 0.05, false
    ) as is_weakest
from adjusted
