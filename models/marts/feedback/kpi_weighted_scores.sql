-- One row per relational score and period for which the population is known: the score as those who answered gave it,
-- and as the population would have, each cell at its share (METRICS §1.1). kpi_metric_values publishes the weighted
-- one. Weighting corrects for segment and tenure and for nothing else.
with

weighted as (

    select * from {{ ref('int_feedback_weighted_scores') }}

),

measures as (

    select * from {{ ref('int_feedback_measures') }}
    where is_weighted

),

compared as (

    select
        weighted.*,
        measures.unweighted_value,
        measures.unweighted_standard_error,
        measures.unweighted_ci_low,
        measures.unweighted_ci_high,
        weighted.base < {{ var('min_base_publish') }} as is_hidden
    from weighted
    inner join measures
        on weighted.metric = measures.metric
        and weighted.period_grain = measures.period_grain
        and weighted.period_start = measures.period_start

)

select
    metric,
    period_grain,
    period_start,
    base,
    strata,
    {%- for number in [
        'population', 'effective_base', 'value', 'standard_error', 'ci_low', 'ci_high', 'unweighted_value',
        'unweighted_standard_error', 'unweighted_ci_low', 'unweighted_ci_high',
    ] %}
    cast(case when not is_hidden then {{ number }} end as double precision) as {{ number }},
    {%- endfor %}
    is_capped,
    is_collapsed,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from compared
