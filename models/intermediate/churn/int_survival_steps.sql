-- One row per start cohort, breakdown and step of its survival curve: from the day it is reached, 0 for the start, to
-- the day of the next churn (METRICS §3.6).
{{ config(materialized='view') }}

with

steps as (

    select
        {{ life_cell() | join(', ') }},
        tenure_days as from_day,
        at_risk,
        churned,
        survival,
        greenwood,
        greenwood_step,
        ci_low,
        ci_high
    from {{ ref('int_survival_curves') }}

    union all

    select
        {{ life_cell() | join(', ') }},
        0 as from_day,
        cast(null as bigint) as at_risk,
        0 as churned,
        1 as survival,
        0 as greenwood,
        0 as greenwood_step,
        cast(null as double precision) as ci_low,
        cast(null as double precision) as ci_high
    from {{ ref('int_survival_cells') }}

)

select
    *,
    lead(from_day) over (partition by {{ life_cell() | join(', ') }} order by from_day) as to_day
from steps
