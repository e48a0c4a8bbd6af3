-- One row per programme and period with contacts: the satisfaction index over channels at the mix of the base year
-- (the trend) and at the mix of the period, and the change of the latter split into rate, mix and interaction
-- (METRICS §2.5.4, §2.5.5). Hidden where a channel in it is too small to be shown, or it could be had by subtraction.
with

judged as (

    select
        rollups.*,
        lag(smallest_measured_component) over (
            partition by programme, period_grain order by period_start
        ) as previous_smallest_component,
        coalesce(smallest_measured_component < {{ var('min_base_publish') }}, false) as is_hidden
    from {{ ref('int_csi_rollups') }} as rollups

),

shown as (

    select
        judged.*,
        is_hidden or coalesce(previous_smallest_component < {{ var('min_base_publish') }}, false) as is_change_hidden
    from judged

)

select
    programme,
    period_grain,
    period_start,
    base,
    smallest_component,
    cast(contact_coverage as double precision) as contact_coverage,
    {%- for mix in ['fixed', 'current'] %}
    {%- set value, error = mix ~ '_mix', mix ~ '_standard_error' %}
    cast(case when not is_hidden then {{ value }} end as double precision) as {{ value }},
    cast(case when not is_hidden then {{ error }} end as double precision) as {{ error }},
    cast(case when not is_hidden then {{ value }} - {{ z_quantile() }} * {{ error }} end as double precision)
        as {{ mix }}_ci_low,
    cast(case when not is_hidden then {{ value }} + {{ z_quantile() }} * {{ error }} end as double precision)
        as {{ mix }}_ci_high,
    {%- endfor %}
    {%- for number in ['previous_current_mix', 'change', 'rate_effect', 'mix_effect', 'interaction_effect'] %}
    cast(case when not is_change_hidden then {{ number }} end as double precision) as {{ number }},
    {%- endfor %}
    coalesce(smallest_component < {{ var('min_base_reliable') }}, false) as has_low_base_component,
    {{ publish_status(
        'smallest_component', 'is_hidden', is_immature('period_grain', 'period_start'),
        'current_mix is not null or fixed_mix is not null'
    ) }} as publish_status
from shown
