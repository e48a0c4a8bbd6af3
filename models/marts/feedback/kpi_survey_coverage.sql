-- One row per programme, period and breakdown with somebody to ask: how much of the eligible base was invited, and
-- why the others were not, so that nobody has to guess whether the asked were picked (METRICS §2.1).
{%- set within = ['programme', 'period_grain', 'period_start', 'dimension'] %}
with

cells as (

    select
        cells.*,
        eligible as base,
        {{ is_suppressed('eligible', within, 'dimension_value') }} as is_hidden
    from {{ ref('int_survey_coverage_cells') }} as cells

)

select
    programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    {%- for outcome in ['invited', 'opted_out', 'asked_before', 'no_address', 'not_chosen'] %}
    case when not is_hidden then {{ outcome }} end as {{ outcome }},
    {%- endfor %}
    cast(case when not is_hidden then {{ share('invited', 'base') }} end as double precision) as coverage,
    cast(case when not is_hidden then {{ wilson_low('invited', 'base') }} end as double precision) as ci_low,
    cast(case when not is_hidden then {{ wilson_high('invited', 'base') }} end as double precision) as ci_high,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from cells
