-- One row per programme, emotion, period and breakdown in which it was chosen: the share of the responses to the
-- question that chose it. A response may choose several, so shares add up to more than 1 (METRICS §2.6).
with

cells as (

    select
        cells.*,
        {{ is_suppressed(
            'base', ['programme', 'emotion', 'period_grain', 'period_start', 'dimension'], 'dimension_value'
        ) }} as is_hidden
    from {{ ref('int_emotion_cells') }} as cells
    where emotion <> 'any'

)

select
    programme,
    emotion,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    case when not is_hidden then chosen end as chosen,
    cast(case when not is_hidden then {{ share('chosen', 'base') }} end as double precision) as emotion_share,
    cast(case when not is_hidden then {{ wilson_low('chosen', 'base') }} end as double precision) as ci_low,
    cast(case when not is_hidden then {{ wilson_high('chosen', 'base') }} end as double precision) as ci_high,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from cells
