-- One row per response that answered an index question: its importance-weighted satisfaction index, where at
-- least half of the weight is answered (METRICS §2.5.2), and its ACSI-type index, where all three items are
-- (METRICS §2.5.3).
with

answers as (

    select
        answers.*,
        cast(date_trunc('year', responded_date) as date) as year_start
    from {{ ref('int_feedback_answers') }} as answers
    where metric in ('csi', 'acsi_overall', 'acsi_expectation', 'acsi_ideal')

),

weights as (

    select * from {{ ref('int_csi_weights') }}

),

-- Three items count alike unless the reference table says otherwise.
acsi_weights as (

    select * from {{ ref('acsi_weights') }}

),

-- A response that rates an attribute twice has one opinion of it, their mean.
items as (

    select
        response_id,
        programme,
        year_start,
        metric,
        attribute,
        {{ exact_sum('pomp') }} / count(*) as pomp
    from answers
    group by response_id, programme, year_start, metric, attribute

),

weighted as (

    select
        items.response_id,
        items.metric,
        items.pomp,
        weights.weight,
        weights.weight_source,
        case when items.metric <> 'csi' then coalesce(acsi_weights.weight, 1) end as acsi_weight
    from items
    left join weights
        on items.programme = weights.programme
        and items.year_start = weights.year_start
        and items.attribute = weights.attribute
        and items.metric = 'csi'
    left join acsi_weights
        on items.programme = acsi_weights.programme
        and items.metric = acsi_weights.item

),

summed as (

    select
        response_id,
        {{ exact_sum('weight') }} as csi_weight_answered,
        {{ exact_sum('weight * pomp') }} / nullif({{ exact_sum('weight') }}, 0) as csi_score,
        max(weight_source) as csi_weight_source,
        count(*) filter (where metric <> 'csi') as acsi_items,
        {{ exact_sum('acsi_weight * pomp') }} / nullif({{ exact_sum('acsi_weight') }}, 0) as acsi_mean
    from weighted
    group by response_id

)

select
    response_id,
    csi_weight_answered,
    case when csi_weight_answered >= 0.5 - 1e-9 then csi_score end as csi_score,
    csi_weight_source,
    case when acsi_items = 3 then acsi_mean end as acsi_score
from summed
