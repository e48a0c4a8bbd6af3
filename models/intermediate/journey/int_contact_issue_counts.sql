-- One row per period of the start and breakdown with a mature issue: how many there were, and how many contacts they
-- took.
{%- set dimensions = ['topic', 'segment'] %}
with

issues as (

    select * from {{ ref('int_contact_issues') }}
    where is_mature

),

in_periods as (

    select
        issues.*,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'issues.started_date', 'first_months.first_month') }}
            as period_start
    from issues
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('issues', 'started_date') }} as first_months

)

select
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) as issues,
    count(*) filter (where is_switched) as switched,
    cast(sum(contacts) as bigint) as contacts,
    cast(sum(contacts * contacts) as double precision) as contact_square_sum
from in_periods
{{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}
