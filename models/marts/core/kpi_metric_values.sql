-- One row per metric, programme, period and breakdown: the number, how sure it is, and what changed since the
-- period before (METRICS §0.1, §0.4, §0.6). Subjects measure; this model compares, tests and decides what may
-- be shown, the same way for all of them.
{%- set key = ['metric', 'programme', 'period_grain', 'period_start', 'dimension', 'dimension_value'] %}
{%- set family = ['metric', 'programme', 'period_grain', 'period_start', 'dimension'] %}
{%- set statistics = [
    'base', 'value', 'standard_error', 'positives', 'negatives', 'variance'
] %}
{#- Money says who pays it below three customers, any other number below min_base_publish (METRICS §0.4). #}
{%- set smallest_base -%}
case kind when 'money' then {{ var('min_base_money') }} else {{ var('min_base_publish') }} end
{%- endset %}
with

measures as (

    -- Days after its end in which the facts of a period still change.
    {% for subject, settling_days in [
        (ref('int_feedback_measures'), 0), (ref('int_churn_measures'), 0), (ref('int_service_measures'), 0),
        (ref('int_journey_measures'), 0), (ref('int_web_measures'), var('web_settling_days'))
    ] %}
    select
        {{ key | join(', ') }},
        kind, unit, base, value, numerator, denominator, standard_error, ci_low, ci_high,
        positives, negatives, variance, is_estimable,
        {{ settling_days }} as settling_days
    from {{ subject }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

judged as (

    select
        measures.*,
        {{ previous_period_start('period_grain', 'period_start') }} as previous_start,
        {{ is_suppressed('base', family, 'dimension_value', smallest_base) }} as is_suppressed,
        {{ is_immature('period_grain', 'period_start', 'settling_days') }} as is_immature
    from measures

),

compared as (

    select
        judged.*,
        {%- for statistic in statistics %}
        previous.{{ statistic }} as previous_{{ statistic }},
        {%- endfor %}
        both_periods.common_respondents,
        both_periods.vote_covariance,
        change_tests.p_value as tested_p_value,
        -- Few in common change nothing that matters; above a fifth the samples are not independent (METRICS §2.2.5).
        coalesce(
            judged.kind = 'net_score'
            and both_periods.common_respondents > 0.2 * least(judged.base, previous.base),
            false
        ) as is_overlapping,
        coalesce(
            not judged.is_suppressed and not judged.is_immature and judged.value is not null
            and previous.value is not null, false
        ) as is_testable
    from judged
    left join judged as previous
        on judged.metric = previous.metric
        and judged.programme = previous.programme
        and judged.period_grain = previous.period_grain
        and judged.previous_start = previous.period_start
        and judged.dimension = previous.dimension
        and judged.dimension_value = previous.dimension_value
        -- A weighted score and an unweighted one are no trend (METRICS §1.1).
        and judged.kind = previous.kind
        and not previous.is_suppressed
    left join {{ ref('int_feedback_nps_overlaps') }} as both_periods
        on
        true
        {%- for column in key %}
        and judged.{{ column }} = both_periods.{{ column }}
        {%- endfor %}
    left join {{ ref('int_service_change_tests') }} as change_tests
        on
        true
        {%- for column in key %}
        and judged.{{ column }} = change_tests.{{ column }}
        {%- endfor %}

),

changed as (

    select
        compared.*,
        value - previous_value as change,
        case
            when not is_testable then null
            when is_overlapping then value - previous_value
            when kind = 'net_score' then {{ net_change_centre(
                'positives', 'negatives', 'base', 'previous_positives', 'previous_negatives', 'previous_base'
            ) }}
            when kind in ('mean', 'ratio', 'clustered_score') then value - previous_value
        end as change_centre,
        case
            when not is_testable then null
            -- Where nothing varied in either period nobody knows how sure the change is.
            when is_overlapping then nullif({{ net_change_overlap_standard_error(
                'positives', 'negatives', 'base', 'previous_positives', 'previous_negatives', 'previous_base',
                'common_respondents', 'vote_covariance'
            ) }}, 0)
            when kind = 'net_score' then {{ net_change_standard_error(
                'positives', 'negatives', 'base', 'previous_positives', 'previous_negatives', 'previous_base'
            ) }}
            when kind = 'mean' then {{ welch_standard_error(
                'variance', 'base', 'previous_variance', 'previous_base'
            ) }}
            when kind in ('ratio', 'clustered_score')
                then nullif(sqrt(power(standard_error, 2) + power(previous_standard_error, 2)), 0)
        end as change_standard_error,
        case
            when kind = 'mean' and is_testable
                then {{ welch_degrees('variance', 'base', 'previous_variance', 'previous_base') }}
        end as change_degrees,
        case
            when kind = 'share' and is_testable
                then {{ two_shares_z('positives', 'base', 'previous_positives', 'previous_base') }}
        end as share_z
    from compared

),

tested as (

    select
        changed.*,
        case
            when not is_testable then null
            when kind = 'share' then {{ two_shares_low('positives', 'base', 'previous_positives', 'previous_base') }}
            when kind = 'mean'
                then change_centre - {{ t_quantile_real('change_degrees') }} * change_standard_error
            else change_centre - {{ z_quantile() }} * change_standard_error
        end as change_ci_low,
        case
            when not is_testable then null
            when kind = 'share' then {{ two_shares_high('positives', 'base', 'previous_positives', 'previous_base') }}
            when kind = 'mean'
                then change_centre + {{ t_quantile_real('change_degrees') }} * change_standard_error
            else change_centre + {{ z_quantile() }} * change_standard_error
        end as change_ci_high,
        case
            when not is_testable then null
            when kind = 'quantile' then tested_p_value
            when kind = 'share' then {{ p_of_z('share_z') }}
            when kind = 'mean'
                then {{ p_of_t('(change_centre / nullif(change_standard_error, 0))', 'change_degrees') }}
            when kind in ('net_score', 'ratio', 'clustered_score')
                then {{ p_of_z('(change_centre / nullif(change_standard_error, 0))') }}
        end as p_value
    from changed

),

ranked as (

    select
        tested.*,
        count(p_value) over (partition by {{ family | join(', ') }}) as tests,
        row_number() over (
            partition by {{ family | join(', ') }} order by p_value nulls last, dimension_value
        ) as p_rank
    from tested

),

-- Holm's step-down over the cells of one breakdown.
adjusted as (

    select
        ranked.*,
        {{ holm('p_value', 'tests', 'p_rank', family) }} as p_adjusted
    from ranked

)

select
    adjusted.metric,
    adjusted.programme,
    adjusted.period_grain,
    adjusted.period_start,
    adjusted.dimension,
    adjusted.dimension_value,
    adjusted.unit,
    case
        when
            adjusted.p_adjusted is null or adjusted.base < {{ var('min_base_reliable') }}
            or adjusted.previous_base < {{ var('min_base_reliable') }} then null
        when adjusted.p_adjusted >= 0.05 or abs(adjusted.change) < coalesce(metrics.practical_delta, 0) then 'none'
        when adjusted.change > 0 then 'up'
        else 'down'
    end as signal,
    {{ publish_status(
        'adjusted.base', 'adjusted.is_suppressed', 'adjusted.is_immature', 'adjusted.is_estimable'
    ) }} as publish_status,
    cast(adjusted.base as bigint) as base,
    cast(case when adjusted.is_testable then adjusted.common_respondents end as bigint) as common_respondents,
    {%- for number in [
        'value', 'numerator', 'denominator', 'standard_error', 'ci_low', 'ci_high', 'previous_value', 'change',
        'change_ci_low', 'change_ci_high', 'p_value', 'p_adjusted'
    ] %}
    cast(case when not adjusted.is_suppressed then adjusted.{{ number }} end as double precision) as {{ number }},
    {%- endfor %}
    cast(metric_targets.target as double precision) as target,
    {{ as_of() }} as as_of
from adjusted
left join {{ ref('metrics') }} as metrics
    on adjusted.metric = metrics.metric
left join {{ ref('metric_targets') }} as metric_targets
    on adjusted.metric = metric_targets.metric
    and adjusted.programme = metric_targets.programme
