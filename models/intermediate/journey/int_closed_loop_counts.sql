-- One row per programme, period and breakdown with a case opened or due in it: the counts behind the closed loop
-- (METRICS §8.4). Cases count where they opened; whether they were on time counts where they fell due (§4.4).
{%- set dimensions = ['team', 'segment', 'channel', 'survey'] %}
{%- set counted = [
    'is_mature', 'is_contacted', 'is_resolved', 'is_due', 'is_on_time', 'is_recovery_mature', 'is_asked_again',
    'is_recovered', 'is_contacted_first',
] %}
with

cases as (

    select * from {{ ref('int_detractor_cases') }}

),

dated_cases as (

    select
        programme,
        team,
        segment,
        channel,
        survey_id as survey,
        true as is_opening,
        opened_date as counted_date,
        {{ counted | join(',\n        ') }},
        is_detractor
    from cases
    union all
    select
        programme,
        team,
        segment,
        channel,
        survey_id as survey,
        false as is_opening,
        due_date as counted_date,
        {{ counted | join(',\n        ') }},
        is_detractor
    from cases
    where is_due

),

in_periods as (

    select
        dated_cases.*,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'dated_cases.counted_date', 'first_months.first_month') }}
            as period_start
    from dated_cases
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('cases', 'opened_date') }} as first_months

),

-- Of detractors alone it can be told whether their next score is that of one.
judged as (

    select
        *,
        is_opening and is_detractor and is_recovery_mature as is_recovery_case,
        is_opening and is_detractor and is_recovery_mature and is_asked_again as is_recovery_base
    from in_periods

)

select
    programme,
    period_grain,
    period_start,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    count(*) filter (where is_opening) as cases,
    count(*) filter (where is_opening and is_mature) as mature_cases,
    count(*) filter (where is_opening and is_mature and is_contacted) as contacted,
    count(*) filter (where is_opening and is_mature and is_resolved) as resolved,
    count(*) filter (where not is_opening) as due,
    count(*) filter (where not is_opening and is_on_time) as on_time,
    count(*) filter (where is_recovery_case) as detractors,
    count(*) filter (where is_recovery_base) as asked_again,
    count(*) filter (where is_recovery_base and is_recovered) as recovered,
    count(*) filter (where is_recovery_base and is_contacted_first) as contacted_asked_again,
    count(*) filter (where is_recovery_base and is_contacted_first and is_recovered) as contacted_recovered
from judged
{{ group_by_breakdowns(['programme', 'period_grain', 'period_start'], dimensions) }}
