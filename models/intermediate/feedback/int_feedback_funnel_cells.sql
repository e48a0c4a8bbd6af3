-- One row per survey (or `total` over surveys), programme (or `total`), sending period and breakdown: how many
-- invitations reached each step. Rates with a response window count mature invitations only, those whose window
-- is over at as_of, whatever has already come back (METRICS §0.2 rule 6).
{%- set dimensions = feedback_dimensions() | reject('in', ['team', 'office']) | list %}
{%- set measures %}
        count(*) as sent,
        count(*) filter (where is_delivered) as delivered,
        count(*) filter (where is_started) as started,
        count(*) filter (where is_completed) as completed,
        count(*) filter (where is_scored) as scored,
        count(*) filter (where is_scored_late) as scored_late,
        count(*) filter (where is_opted_out) as opted_out,
        count(*) filter (where is_mature) as mature_sent,
        count(*) filter (where is_mature and is_delivered) as mature_delivered,
        count(*) filter (where is_mature and is_started) as mature_started,
        count(*) filter (where is_mature and is_completed) as mature_completed,
        count(*) filter (where is_mature and is_scored) as mature_scored,
        count(*) filter (where is_mature and is_delivered and is_opted_out) as mature_opted_out,
        count(*) filter (where not is_mature) as immature_sent,
        count(*) filter (where is_scorable) as scorable
{%- endset %}
with

invitations as (

    select
        invitations.*,
        survey_id as survey
    from {{ ref('int_feedback_invitations') }} as invitations

),

first_month as (

    select cast(date_trunc('month', min(sent_date)) as date) as first_month from invitations

),

cohorts as (

    select
        invitations.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'invitations.sent_date', 'first_month.first_month') }}
            as period_start
    from invitations
    cross join {{ period_grains() }} as grains
    cross join first_month

),

by_survey as (

    select
        survey_id,
        cast('total' as {{ dbt.type_string() }}) as programme,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions[:-1]) }} as dimension,
        {{ breakdown_value(dimensions[:-1]) }} as dimension_value,
        {{- measures }}
    from cohorts
    {{ group_by_breakdowns(['survey_id', 'period_grain', 'period_start'], dimensions[:-1]) }}

),

over_surveys as (

    select
        cast('total' as {{ dbt.type_string() }}) as survey_id,
        cast('total' as {{ dbt.type_string() }}) as programme,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        {{- measures }}
    from cohorts
    {{ group_by_breakdowns(['period_grain', 'period_start'], dimensions) }}

),

by_programme as (

    select
        cast('total' as {{ dbt.type_string() }}) as survey_id,
        programme,
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        {{- measures }}
    from cohorts
    {{ group_by_breakdowns(['programme', 'period_grain', 'period_start'], dimensions) }}

)

select * from by_survey
union all
select * from over_surveys
union all
select * from by_programme
