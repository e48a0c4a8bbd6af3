-- One row per programme, period and breakdown with at least one NPS vote: classes, standard error, and by how much
-- clustering widens the interval.
with

cells as (

    select
        cells.*,
        units as base,
        {{ net_score_standard_error('promoters', 'detractors', 'units') }} as independent_standard_error
    from {{ ref('int_feedback_cells') }} as cells
    where metric = 'nps'

)

select
    programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    promoters,
    passives,
    detractors,
    coalesce(cluster_standard_error, independent_standard_error) as standard_error,
    greatest(
        1.0,
        coalesce(cluster_standard_error / nullif(independent_standard_error, 0), 1.0)
    ) as widening
from cells
