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

periods as (

    select
        units.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'units.eligible_month', 'first_month.first_month') }}
            as period_start
    from units
    cross join {{ period_grains() }} as grains
    cross join first_month

),

-- An invitation of any month settles the unit; without one its last month says why.
ranked as (

    select
        periods.*,
        row_number() over (
            partition by programme, period_grain, period_start, unit_type, unit_id
            order by case when outcome = 'invited' then 0 else 1 end, eligible_month desc
        ) as outcome_rank
    from periods

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
from ranked
where outcome_rank = 1
{{ group_by_breakdowns(['programme', 'period_grain', 'period_start'], ['segment']) }}
