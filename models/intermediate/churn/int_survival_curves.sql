-- One row per breakdown and tenure day with a churn: the Kaplan-Meier curve of first relationships and the
-- cumulative incidence of its competing causes (METRICS §3.6, CLARIFICATIONS D59). Everything is a window over
-- distinct durations. With observation_start, customers from before it are at risk from that day on only.
{%- set dimensions = ['segment', 'persona', 'plan', 'region', 'acquisition_channel'] %}
with

clock as (

    select as_of_date from {{ ref('int_build_clock') }}

),

first_spells as (

    select
        spells.customer_id,
        {{ dbt.datediff('spells.started_date', 'coalesce(spells.ended_date, clock.as_of_date)', 'day') }} as exit_day,
        {% if var('observation_start') is not none -%}
        greatest(0, {{ dbt.datediff('spells.started_date', "cast('" ~ var('observation_start') ~ "' as date)", 'day') }})
        {%- else -%} 0
        {%- endif %} as entry_day,
        spells.ended_date is not null as is_churned,
        spells.started_date
    from {{ ref('int_paying_spells') }} as spells
    cross join clock
    where spells.spell_number = 1

),

-- A customer is in the curve of what it was on its first paid day.
lives as (

    select
        profiles.segment,
        profiles.persona,
        profiles.plan,
        profiles.region,
        profiles.acquisition_channel,
        first_spells.entry_day,
        first_spells.exit_day,
        case when first_spells.is_churned then 1 else 0 end as churned,
        case when churns.churn_type = 'voluntary' then 1 else 0 end as churned_voluntary,
        case when churns.churn_type = 'involuntary' then 1 else 0 end as churned_involuntary
    from first_spells
    inner join {{ ref('int_customer_state_profiles') }} as states
        on first_spells.customer_id = states.customer_id
        and first_spells.started_date = states.from_date
        and states.spell_number = 1
    inner join {{ ref('int_churn_profiles') }} as profiles
        on states.profile_id = profiles.profile_id
    left join {{ ref('int_ended_spells') }} as churns
        on first_spells.customer_id = churns.customer_id
        and churns.spell_number = 1
    where first_spells.exit_day > first_spells.entry_day

),

moments as (

    select
        {% for dimension in dimensions %}{{ dimension }}, {% endfor %}
        exit_day as tenure_days,
        0 as entered,
        1 as left_risk,
        churned,
        churned_voluntary,
        churned_involuntary
    from lives

    union all

    select
        {% for dimension in dimensions %}{{ dimension }}, {% endfor %}
        entry_day as tenure_days,
        1 as entered,
        0 as left_risk,
        0 as churned,
        0 as churned_voluntary,
        0 as churned_involuntary
    from lives

),

days as (

    select
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        tenure_days,
        sum(entered) as entered,
        sum(left_risk) as left_risk,
        sum(churned) as churned,
        sum(churned_voluntary) as churned_voluntary,
        sum(churned_involuntary) as churned_involuntary
    from moments
    {{ group_by_breakdowns(['tenure_days'], dimensions) }}

),

-- At risk on a day: entered before it and not gone before it; a customer censored on it is still there.
at_risk as (

    select
        dimension,
        dimension_value,
        tenure_days,
        churned,
        churned_voluntary,
        churned_involuntary,
        cast(sum(entered) over (partition by dimension, dimension_value) as bigint) as base,
        coalesce(sum(entered - left_risk) over (
            partition by dimension, dimension_value order by tenure_days
            rows between unbounded preceding and 1 preceding
        ), 0) as at_risk
    from days

),

steps as (

    select
        *,
        cast(churned as double precision) / at_risk as hazard,
        case
            when churned < at_risk then ln(1 - cast(churned as double precision) / at_risk)
            else 0
        end as log_step,
        case
            when churned < at_risk
                then cast(churned as double precision) / (cast(at_risk as double precision) * (at_risk - churned))
            else 0
        end as greenwood_step,
        case when churned = at_risk then 0 else 1 end as is_survived
    from at_risk
    where churned > 0

),

curves as (

    select
        *,
        exp(sum(log_step) over so_far) * min(is_survived) over so_far as survival,
        sum(greenwood_step) over so_far as greenwood
    from steps
    window so_far as (
        partition by dimension, dimension_value order by tenure_days
        rows between unbounded preceding and current row
    )

),

incidences as (

    select
        *,
        coalesce(lag(survival) over (partition by dimension, dimension_value order by tenure_days), 1) as survival_before
    from curves

)

select
    dimension,
    dimension_value,
    cast(tenure_days as bigint) as tenure_days,
    base,
    cast(at_risk as bigint) as at_risk,
    cast(churned as bigint) as churned,
    hazard,
    survival,
    case when survival > 0 and survival < 1 then survival * sqrt(greenwood) end as standard_error,
    -- The band of ln(-ln S), which stays within 0 and 1.
    case
        when survival > 0 and survival < 1
            then power(survival, exp({{ z_quantile() }} * sqrt(greenwood) / abs(ln(survival))))
    end as ci_low,
    case
        when survival > 0 and survival < 1
            then power(survival, exp(-{{ z_quantile() }} * sqrt(greenwood) / abs(ln(survival))))
    end as ci_high,
    {% for cause in ['voluntary', 'involuntary'] -%}
    sum(survival_before * churned_{{ cause }} / at_risk) over so_far as cumulative_incidence_{{ cause }},
    {% endfor -%}
    sum(survival_before * (churned - churned_voluntary - churned_involuntary) / at_risk) over so_far as cumulative_incidence_other
from incidences
window so_far as (
    partition by dimension, dimension_value order by tenure_days
    rows between unbounded preceding and current row
)
