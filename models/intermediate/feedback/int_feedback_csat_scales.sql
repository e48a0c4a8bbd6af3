-- One row per programme, and one per programme and survey: the CSAT scale most of its answers are on. Shares and means
-- keep to it, because scales are never pooled (METRICS §2.3).
with

scale_uses as (

    select
        programme,
        dimension,
        dimension_value,
        scale_min,
        scale_max,
        row_number() over (
            partition by programme, dimension, dimension_value order by units desc, scale_max desc, scale_min asc
        ) as use_rank
    from {{ ref('int_feedback_cells') }}
    where metric = 'csat' and period_grain = 'all' and dimension in ('total', 'survey')

)

select
    programme,
    dimension,
    dimension_value,
    scale_min,
    scale_max
from scale_uses
where use_rank = 1
