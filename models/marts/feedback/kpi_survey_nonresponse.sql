-- One row per programme, sending period, frame variable and value: how much more often such customers answer than all
-- others who were asked. A gap that its interval keeps from 0 says that the scores speak for those who answer, not for
-- everybody (METRICS §2.1).
with

cells as (

    select
        cells.*,
        {{ is_suppressed(
            'base', ['programme', 'period_grain', 'period_start', 'frame_variable'], 'frame_value'
        ) }} as is_hidden
    from {{ ref('int_survey_nonresponse_cells') }} as cells

)

select
    programme,
    period_grain,
    period_start,
    frame_variable,
    frame_value,
    base,
    delivered,
    others_delivered,
    cast(case when not is_hidden then {{ share('scored', 'delivered') }} end as double precision) as response_rate,
    cast(case when not is_hidden then {{ share('others_scored', 'others_delivered') }} end as double precision)
        as others_response_rate,
    {%- for number in ['gap', 'ci_low', 'ci_high', 'p_value'] %}
    cast(case when not is_hidden then {{ number }} end as double precision) as {{ number }},
    {%- endfor %}
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from cells
