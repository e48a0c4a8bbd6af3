-- One row per survey metric, programme, period and breakdown with at least one unit: the numbers that
-- kpi_metric_values compares and publishes, unsuppressed. CSAT shares and means keep to the scale most used in the
-- programme (in the survey, for the breakdown by survey), because scales are never pooled (METRICS §2.3).
{%- set keys = ['programme', 'period_grain', 'period_start', 'dimension', 'dimension_value'] %}
{%- set text = dbt.type_string() %}
with

cells as (

    select * from {{ ref('int_feedback_cells') }}
    where metric not in ('csi', 'csi_importance')

),

headline_scales as (

    select * from {{ ref('int_feedback_csat_scales') }}

),

on_one_scale as (

    select cells.*
    from cells
    left join headline_scales
        on cells.metric = 'csat'
        and cells.programme = headline_scales.programme
        and headline_scales.dimension = case when cells.dimension = 'survey' then 'survey' else 'total' end
        and (cells.dimension <> 'survey' or cells.dimension_value = headline_scales.dimension_value)
        and cells.scale_min = headline_scales.scale_min
        and cells.scale_max = headline_scales.scale_max
    where cells.metric <> 'csat' or headline_scales.programme is not null

),

on_any_scale as (

    select
        metric,
        {{ keys | join(', ') }},
        cast(sum(units) as bigint) as units,
        sum(cast(pomp_sum as decimal(28, 10))) as pomp_sum,
        sum(cast(pomp_square_sum as decimal(28, 10))) as pomp_square_sum
    from cells
    where metric in ('csat', 'csi_index', 'acsi_index')
    group by metric, {{ keys | join(', ') }}

),

net_scores as (

    select
        case programme when 'relational' then 'nps_rel' when 'transactional' then 'nps_txn' end as metric,
        {{ keys | join(', ') }},
        base,
        promoters as positives,
        detractors as negatives,
        standard_error,
        widening
    from {{ ref('int_feedback_nps_cells') }}
    where programme in ('relational', 'transactional')
    union all
    select
        'net_sentiment' as metric,
        {{ keys | join(', ') }},
        base,
        positives,
        negatives,
        {{ net_score_standard_error('positives', 'negatives', 'base') }} as standard_error,
        1 as widening
    from {{ ref('int_comment_cells') }}
    union all
    select
        'ces2_net' as metric,
        {{ keys | join(', ') }},
        rated as base,
        satisfied as positives,
        dissatisfied as negatives,
        {{ net_score_standard_error('satisfied', 'dissatisfied', 'rated') }} as standard_error,
        1 as widening
    from on_one_scale
    where metric = 'ces2' and rated > 0
    union all
    select
        'net_emotion' as metric,
        {{ keys | join(', ') }},
        judged as base,
        positives,
        negatives,
        {{ net_score_standard_error('positives', 'negatives', 'judged') }} as standard_error,
        1 as widening
    from {{ ref('int_emotion_cells') }}
    where emotion = 'any' and judged > 0

),

shares as (

    {%- for metric, source, positives, base in [
        ('nps_promoter_share', 'nps', 'promoters', 'units'),
        ('nps_passive_share', 'nps', 'passives', 'units'),
        ('nps_detractor_share', 'nps', 'detractors', 'units'),
        ('csat_t2b', 'csat', 'satisfied', 'rated'),
        ('dsat_rate', 'csat', 'dissatisfied', 'rated'),
        ('ces_5', 'ces5', 'satisfied', 'rated'),
        ('ces2_pct', 'ces2', 'satisfied', 'rated'),
        ('ces_1', 'ces1', 'satisfied', 'rated'),
        ('item_nonresponse_rate', 'item', 'satisfied', 'rated'),
    ] %}
    select
        '{{ metric }}' as metric,
        {{ keys | join(', ') }},
        {{ positives }} as positives,
        {{ base }} as base
    from on_one_scale
    where metric = '{{ source }}' and {{ base }} > 0
    union all
    {%- endfor %}
    {%- for metric, positives, base in [
        ('survey_delivery_rate', 'mature_delivered', 'mature_sent'),
        ('survey_start_rate', 'mature_started', 'mature_delivered'),
        ('survey_completion_rate', 'mature_completed', 'mature_started'),
        ('survey_response_rate', 'mature_scored', 'mature_delivered'),
        ('survey_opt_out_rate', 'mature_opted_out', 'mature_delivered'),
    ] %}
    select
        '{{ metric }}' as metric,
        {{ keys | join(', ') }},
        {{ positives }} as positives,
        {{ base }} as base
    from {{ ref('int_feedback_funnel_cells') }}
    where
        survey_id = 'total'
        and programme <> 'total'
        and {{ base }} > 0
        {%- if metric == 'survey_response_rate' %}
        and scorable > 0
        {%- endif %}
    union all
    {%- endfor %}
    select
        'survey_coverage' as metric,
        {{ keys | join(', ') }},
        invited as positives,
        eligible as base
    from {{ ref('int_survey_coverage_cells') }}

),

means as (

    {%- for metric, unit, source, relation, total, squares in [
        ('csat_mean', 'points', 'csat', 'on_one_scale', 'score_sum', 'score_square_sum'),
        ('ces2_mean', 'points', 'ces2', 'on_one_scale', 'score_sum', 'score_square_sum'),
        ('csat_pomp', 'score_0_100', 'csat', 'on_any_scale', 'pomp_sum', 'pomp_square_sum'),
        ('csi', 'score_0_100', 'csi_index', 'on_any_scale', 'pomp_sum', 'pomp_square_sum'),
        ('csi_acsi', 'score_0_100', 'acsi_index', 'on_any_scale', 'pomp_sum', 'pomp_square_sum'),
    ] %}
    select
        '{{ metric }}' as metric,
        '{{ unit }}' as unit,
        {{ keys | join(', ') }},
        units as base,
        cast({{ total }} as double precision) as total,
        cast({{ squares }} as double precision) as square_total
    from {{ relation }}
    where metric = '{{ source }}'
    union all
    {%- endfor %}
    select
        'nps_account' as metric,
        'points' as unit,
        'relational' as programme,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        accounts as base,
        nps_sum as total,
        nps_square_sum as square_total
    from {{ ref('int_feedback_accounts') }}

),

ratios as (

    select
        'nps_revenue' as metric,
        'points' as unit,
        'relational' as programme,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        paying_accounts as base,
        mrr_nps_sum / mrr as value,
        mrr_nps_sum as numerator,
        mrr as denominator,
        revenue_standard_error as standard_error,
        {{ ratio_low('mrr_nps_sum / mrr', 'revenue_standard_error', 'paying_accounts') }} as ci_low,
        {{ ratio_high('mrr_nps_sum / mrr', 'revenue_standard_error', 'paying_accounts') }} as ci_high
    from {{ ref('int_feedback_accounts') }}
    where paying_accounts > 0
    union all
    -- The gap of those who stayed stands for the whole: what later losses say about who answers.
    select
        'nonresponse_bias_gap' as metric,
        'ratio' as unit,
        programme,
        period_grain,
        period_start,
        case frame_variable when 'later_churn' then 'total' else frame_variable end as dimension,
        case frame_variable when 'later_churn' then 'total' else frame_value end as dimension_value,
        base,
        gap as value,
        gap as numerator,
        cast(1 as double precision) as denominator,
        standard_error,
        ci_low,
        ci_high
    from {{ ref('int_survey_nonresponse_cells') }}
    where frame_variable in ('segment', 'tenure_band') or frame_value = 'stayed'
    {%- for mix in ['fixed', 'current'] %}
    union all
    select
        'csi_rollup_{{ mix }}' as metric,
        'score_0_100' as unit,
        programme,
        period_grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        smallest_measured_component as base,
        {{ mix }}_mix as value,
        {{ mix }}_mix as numerator,
        cast(1 as double precision) as denominator,
        {{ mix }}_standard_error as standard_error,
        {{ mix }}_mix - {{ z_quantile() }} * {{ mix }}_standard_error as ci_low,
        {{ mix }}_mix + {{ z_quantile() }} * {{ mix }}_standard_error as ci_high
    from {{ ref('int_csi_rollups') }}
    where {{ mix }}_mix is not null
    {%- endfor %}

),

spread as (

    select
        means.*,
        total / base as mean,
        {{ variance_of_sums('total', 'square_total', 'base') }} as variance
    from means

),

unweighted as (

    select
        cast(metric as {{ text }}) as metric,
        {{ keys | join(', ') }},
        -- Votes of one customer are no independent ones, so what became of them is tested with T14 (METRICS §2.2.1).
        cast(case metric when 'nps_txn' then 'clustered_score' else 'net_score' end as {{ text }}) as kind,
        cast('points' as {{ text }}) as unit,
        base,
        {{ net_score('positives', 'negatives', 'base') }} as value,
        cast(100 * (positives - negatives) as double precision) as numerator,
        cast(base as double precision) as denominator,
        standard_error,
        {{ net_score_low('positives', 'negatives', 'base', 'widening') }} as ci_low,
        {{ net_score_high('positives', 'negatives', 'base', 'widening') }} as ci_high,
        cast(positives as double precision) as positives,
        cast(negatives as double precision) as negatives,
        cast(null as double precision) as variance,
        true as is_estimable
    from net_scores
    union all
    select
        cast(metric as {{ text }}) as metric,
        {{ keys | join(', ') }},
        cast('share' as {{ text }}) as kind,
        cast('ratio' as {{ text }}) as unit,
        base,
        {{ share('positives', 'base') }} as value,
        cast(positives as double precision) as numerator,
        cast(base as double precision) as denominator,
        sqrt({{ share('positives', 'base') }} * (1 - {{ share('positives', 'base') }}) / base) as standard_error,
        {{ wilson_low('positives', 'base') }} as ci_low,
        {{ wilson_high('positives', 'base') }} as ci_high,
        cast(positives as double precision) as positives,
        cast(null as double precision) as negatives,
        cast(null as double precision) as variance,
        true as is_estimable
    from shares
    union all
    select
        cast(metric as {{ text }}) as metric,
        {{ keys | join(', ') }},
        cast('mean' as {{ text }}) as kind,
        cast(unit as {{ text }}) as unit,
        base,
        mean as value,
        total as numerator,
        cast(base as double precision) as denominator,
        sqrt(variance / base) as standard_error,
        {{ mean_low('mean', 'variance', 'base') }} as ci_low,
        {{ mean_high('mean', 'variance', 'base') }} as ci_high,
        cast(null as double precision) as positives,
        cast(null as double precision) as negatives,
        variance,
        true as is_estimable
    from spread
    union all
    select
        cast(metric as {{ text }}) as metric,
        {{ keys | join(', ') }},
        cast('ratio' as {{ text }}) as kind,
        cast(unit as {{ text }}) as unit,
        base,
        value,
        numerator,
        denominator,
        standard_error,
        ci_low,
        ci_high,
        cast(null as double precision) as positives,
        cast(null as double precision) as negatives,
        cast(null as double precision) as variance,
        true as is_estimable
    from ratios

),

-- Relational scores count each cell of the population as what it is, where the cells are known (METRICS §1.1).
weighted as (

    select * from {{ ref('int_feedback_weighted_scores') }}

)

select
    unweighted.metric,
    {%- for key in keys %}
    unweighted.{{ key }},
    {%- endfor %}
    case when weighted.metric is not null then 'ratio' else unweighted.kind end as kind,
    unweighted.unit,
    unweighted.base,
    coalesce(weighted.value, unweighted.value) as value,
    case when weighted.metric is not null then weighted.value * unweighted.base else unweighted.numerator end
        as numerator,
    unweighted.denominator,
    {%- for number in ['standard_error', 'ci_low', 'ci_high'] %}
    case when weighted.metric is not null then weighted.{{ number }} else unweighted.{{ number }} end
        as {{ number }},
    {%- endfor %}
    unweighted.positives,
    unweighted.negatives,
    unweighted.variance,
    unweighted.value as unweighted_value,
    unweighted.standard_error as unweighted_standard_error,
    unweighted.ci_low as unweighted_ci_low,
    unweighted.ci_high as unweighted_ci_high,
    unweighted.is_estimable,
    weighted.metric is not null as is_weighted
from unweighted
left join weighted
    on unweighted.metric = weighted.metric
    and unweighted.programme = 'relational'
    and unweighted.dimension = 'total'
    and unweighted.period_grain = weighted.period_grain
    and unweighted.period_start = weighted.period_start
