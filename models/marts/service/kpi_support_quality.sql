-- One row per period of the first solution and breakdown: solved at once, with one reply, and reopened
-- (METRICS §4.5). `solved` counts the tickets whose recontact window has closed; reopenings have the longer
-- window and their own base.
with

counts as (

    select
        *,
        solved < {{ var('min_base_publish') }} as is_small,
        reopen_base < {{ var('min_base_publish') }} as is_reopen_small
    from {{ ref('int_support_quality_counts') }}

)

select
    {% for name, counted, base, small in [
        ('first_contact_resolution', 'first_contact_resolved', 'solved', 'is_small'),
        ('one_touch', 'one_touch', 'solved', 'is_small'),
        ('zero_touch', 'zero_touch', 'solved', 'is_small'),
        ('reopen', 'reopened', 'reopen_base', 'is_reopen_small'),
    ] -%}
    case when not {{ small }} then {{ share(counted, base) }} end as {{ name }}_rate,
    case when not {{ small }} then {{ wilson_low(counted, base) }} end as {{ name }}_ci_low,
    case when not {{ small }} then {{ wilson_high(counted, base) }} end as {{ name }}_ci_high,
    {% endfor -%}
    period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    solved as base,
    {{ publish_status('solved', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    solved_in_period,
    solved,
    first_contact_resolved,
    one_touch,
    zero_touch,
    reopen_base,
    reopened
from counts
