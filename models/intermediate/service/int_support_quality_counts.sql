-- One row per period of the first solution and breakdown: the counts that support quality is made of, each
-- over the tickets whose window has closed (METRICS §0.2, rule 6).
{%- set dimensions = ticket_dimensions() %}
with

solved as (

    select * from {{ ref('int_support_quality') }}

),

in_periods as (

    select
        solved.*,
        period_grains.period_grain,
        {{ period_start(
            'period_grains.period_grain', 'solved.solved_date', 'first_months.first_month'
        ) }} as period_start
    from solved
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('solved', 'solved_date') }} as first_months

)

select
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as solved_in_period,
    count(*) filter (where is_contact_mature) as solved,
    count(*) filter (
        where is_contact_mature and not is_reopened_early and not is_recontacted
    ) as first_contact_resolved,
    count(*) filter (where is_contact_mature and not is_reopened_early and has_one_reply) as one_touch,
    count(*) filter (where is_contact_mature and not is_reopened_early and has_no_reply) as zero_touch,
    count(*) filter (where is_reopen_mature) as reopen_base,
    count(*) filter (where is_reopen_mature and is_reopened) as reopened
from in_periods
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
