-- One row per metric of the customer's way, programme, period and breakdown with a base: what the subject hands to
-- kpi_metric_values. Every number here is a share.
with

shares as (
    {% for metric, counted, base in [
        ('loop_contact_rate', 'contacted', 'mature_cases'),
        ('loop_on_time_rate', 'on_time', 'due'),
        ('detractor_recovery_rate', 'recovered', 'asked_again'),
    ] %}
    select
        '{{ metric }}' as metric,
        programme,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        {{ counted }} as counted,
        {{ base }} as base
    from {{ ref('int_closed_loop_counts') }}
    union all
    {% endfor %}
    select
        'stage_satisfaction' as metric,
        'transactional' as programme,
        period_grain,
        period_start,
        case when stage = 'total' then 'total' else 'stage' end as dimension,
        stage as dimension_value,
        satisfied as counted,
        rated as base
    from {{ ref('int_journey_stage_cells') }}
    where
        metric = 'csat'
        and channel = 'total'
    {%- for metric, step, overall in [
        ('funnel_step_rate', 'reached', 'reached'),
        ('funnel_dropoff', 'reached_before - reached', 'entered - reached'),
    ] %}
    union all
    select
        '{{ metric }}' as metric,
        'none' as programme,
        period_grain,
        period_start,
        'stage' as dimension,
        stage as dimension_value,
        {{ step }} as counted,
        reached_before as base
    from {{ ref('int_journey_steps') }}
    union all
    -- The whole way: who arrived, of those who set out.
    select
        '{{ metric }}' as metric,
        'none' as programme,
        period_grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        {{ overall }} as counted,
        entered as base
    from {{ ref('int_journey_steps') }}
    where is_last
    {%- endfor %}
    union all
    select
        'channel_switch_rate' as metric,
        'none' as programme,
        period_grain,
        period_start,
        dimension,
        dimension_value,
        switched as counted,
        issues as base
    from {{ ref('int_contact_issue_counts') }}

)

select
    metric,
    programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    'share' as kind,
    'ratio' as unit,
    cast(base as bigint) as base,
    {{ share('counted', 'base') }} as value,
    cast(counted as double precision) as numerator,
    cast(base as double precision) as denominator,
    sqrt(
        {{ share('counted', 'base') }} * (1 - {{ share('counted', 'base') }}) / cast(base as double precision)
    ) as standard_error,
    {{ wilson_low('counted', 'base') }} as ci_low,
    {{ wilson_high('counted', 'base') }} as ci_high,
    cast(counted as double precision) as positives,
    cast(null as double precision) as negatives,
    cast(null as double precision) as variance,
    true as is_estimable
from shares
where base > 0
