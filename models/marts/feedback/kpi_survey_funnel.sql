-- One row per survey (or `total` over surveys), sending period and breakdown. Counts are of all invitations of the
-- cohort; rates are of those whose response window is over, so a recent cohort is not blamed for answers still to
-- come (METRICS §2.1, §0.2 rule 6). A survey that asks nothing scored, an exit survey say, has no response rate.
with

cells as (

    select
        cells.*,
        delivered as base,
        case when scorable > 0 then mature_delivered end as askable,
        delivered < {{ var('min_base_publish') }} as is_hidden,
        mature_delivered < {{ var('min_base_publish') }} as is_rate_hidden
    from {{ ref('int_feedback_funnel_cells') }} as cells
    where programme = 'total'

)

select
    survey_id,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    sent,
    delivered,
    started,
    completed,
    scored,
    scored_late,
    opted_out,
    mature_sent,
    mature_delivered,
    mature_scored,
    {%- for rate, x, n in [
        ('delivery_rate', 'mature_delivered', 'mature_sent'),
        ('start_rate', 'mature_started', 'mature_delivered'),
        ('completion_rate', 'mature_completed', 'mature_started'),
        ('response_rate', 'mature_scored', 'askable'),
        ('minimum_response_rate', 'mature_scored', 'case when scorable > 0 then mature_sent end'),
        ('opt_out_rate', 'mature_opted_out', 'mature_delivered'),
    ] %}
    case when not is_rate_hidden then {{ share(x, n) }} end as {{ rate }},
    {%- endfor %}
    cast(case when not is_rate_hidden then {{ wilson_low('mature_scored', 'askable') }} end as double precision)
        as ci_low,
    cast(case when not is_rate_hidden then {{ wilson_high('mature_scored', 'askable') }} end as double precision)
        as ci_high,
    {{ publish_status(
        'base',
        'is_hidden',
        "(period_grain <> 'all' and immature_sent > 0) or " ~ is_immature('period_grain', 'period_start'),
        "scorable > 0 and (period_grain <> 'all' or not is_rate_hidden)"
    ) }} as publish_status
from cells
