-- One row per programme, period and breakdown with an eligible unit: how many were eligible, how many of them were
-- invited, and why the others were not. A customer eligible in several months of a period counts once, as invited if
-- it was in any of them.
{%- set outcomes = ['invited', 'opted_out', 'asked_before', 'no_address', 'not_chosen'] %}
with

units as (

    select * from {{ ref('int_survey_coverage_units') }}

),

first_month as (

    select cast(date_trunc('month', min(sent_date)) as date) as first_month
    from {{ ref('int_feedback_invitations') }}

),

month_units as (

    select
        units.*,
        {{ period_start("'month'", 'units.eligible_month', 'first_month.first_month') }} as period_start
    from units
    cross join first_month

),

-- An invitation of any month settles the unit; without one its last month says why. The month that speaks for a year is
-- among those that speak for its quarters, so each grain chooses from what the shorter one has left.
{% for grain, shorter in [('quarter', 'month'), ('year', 'quarter'), ('all', 'year')] -%}
{{ grain }}_choices as (

    select
        units.programme,
        units.unit_type,
        units.unit_id,
        {{ period_start("'" ~ grain ~ "'", 'units.eligible_month', 'first_month.first_month') }} as period_start,
        coalesce(max(case when units.outcome = 'invited' then units.eligible_month end), max(units.eligible_month))
            as eligible_month
    from {{ shorter }}_units as units
    cross join first_month
    group by
        units.programme, units.unit_type, units.unit_id,
        {{ period_start("'" ~ grain ~ "'", 'units.eligible_month', 'first_month.first_month') }}

),

{{ grain }}_units as (

    select
        units.programme,
        units.unit_type,
        units.unit_id,
        units.eligible_month,
        units.segment,
        units.outcome,
        choices.period_start
    from {{ shorter }}_units as units
    inner join {{ grain }}_choices as choices
        on units.programme = choices.programme
        and units.unit_type = choices.unit_type
        and units.unit_id = choices.unit_id
        and units.eligible_month = choices.eligible_month

),

{% endfor -%}
period_units as (
    {% for grain in ['month', 'quarter', 'year', 'all'] %}
    select
        programme,
        '{{ grain }}' as period_grain,
        period_start,
        segment,
        outcome
    from {{ grain }}_units
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    programme,
    period_grain,
    period_start,
    {{ breakdown_dimension(['segment']) }} as dimension,
    {{ breakdown_value(['segment']) }} as dimension_value,
    {%- for outcome in outcomes %}
    count(*) filter (where outcome = '{{ outcome }}') as {{ outcome }},
    {%- endfor %}
    count(*) as eligible
from period_units
{{ group_by_breakdowns(['programme', 'period_grain', 'period_start'], ['segment']) }}
