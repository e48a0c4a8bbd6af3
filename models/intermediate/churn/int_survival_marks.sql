-- One row per start cohort, breakdown and day that is asked about: the 90th, for early-life churn (METRICS §3.4), and
-- the anniversaries lifetime value is paid on (METRICS §5). Beyond the longest follow-up the hazard of the last twelve
-- months goes on, and the row says so.
{%- set years = range(1, var('clv_horizon_years') + 1) %}
with

cells as (

    select * from {{ ref('int_survival_cells') }}

),

steps as (

    select * from {{ ref('int_survival_steps') }}

),

marks as (

    select
        cast(0 as bigint) as year_number,
        cast(90 as bigint) as mark_day
    {%- for year in years %}
    union all
    select
        {{ year }} as year_number,
        {{ (year * 365.25) | int }} as mark_day
    {%- endfor %}

),

-- What is known of a mark is what held on it, or on the last day anybody was followed.
placed as (

    select
        {% for key in life_cell() %}cells.{{ key }}, {% endfor %}
        marks.year_number,
        marks.mark_day,
        cells.longest_days,
        least(marks.mark_day, cells.longest_days) as known_day,
        greatest(cells.longest_days - 365, 0) as last_year_day
    from cells
    cross join marks

),

known as (

    select
        placed.*,
        steps.survival,
        steps.greenwood,
        steps.ci_low,
        steps.ci_high,
        before_steps.survival as survival_last_year
    from placed
    inner join steps
        on {{ same_life_cell('placed', 'steps') }}
        and steps.from_day <= placed.known_day
        and (steps.to_day > placed.known_day or steps.to_day is null)
    inner join steps as before_steps
        on {{ same_life_cell('placed', 'before_steps') }}
        and before_steps.from_day <= placed.last_year_day
        and (before_steps.to_day > placed.last_year_day or before_steps.to_day is null)

),

-- How much of what is left at the end of the follow-up is left at the mark.
carried as (

    select
        *,
        mark_day > longest_days and survival > 0 as is_extrapolated,
        case
            when mark_day <= longest_days or survival = 0 then 1
            when longest_days > 0 then power(
                survival / survival_last_year,
                (mark_day - longest_days) / cast(longest_days - last_year_day as double precision)
            )
        end as carried_share
    from known

)

select
    {{ life_cell() | join(', ') }},
    year_number,
    mark_day,
    survival * carried_share as survival,
    survival * sqrt(greenwood) as standard_error,
    coalesce(ci_low, survival) * carried_share as survival_low,
    coalesce(ci_high, survival) * carried_share as survival_high,
    ci_low,
    ci_high,
    is_extrapolated
from carried
