-- Each unit of a share, mean or net score has one value of every breakdown, so bases add up to the
-- total. Surveys keep to scales of their own (CSAT), and an account can answer in several places.
{{ config(group='feedback') }}
{%- set period = ['metric', 'programme', 'period_grain', 'period_start'] %}
with

measures as (

    select * from {{ ref('int_feedback_measures') }}
    where
        kind in ('share', 'mean', 'net_score', 'ratio')
        and metric not in (
            'nps_account', 'nps_revenue', 'nonresponse_bias_gap', 'csi_rollup_fixed', 'csi_rollup_current'
        )

),

breakdowns as (

    select
        {{ period | join(', ') }},
        dimension,
        sum(base) as base
    from measures
    where dimension <> 'total' and not (dimension = 'survey' and metric in ('csat_t2b', 'dsat_rate', 'csat_mean'))
    group by {{ period | join(', ') }}, dimension

)

select breakdowns.*
from breakdowns
left join measures as totals
    on
    totals.dimension = 'total'
    {%- for column in period %}
    and breakdowns.{{ column }} = totals.{{ column }}
    {%- endfor %}
where breakdowns.base <> coalesce(totals.base, 0)
