-- One row per customer's first relationship with the days of tenure at which it came under observation and left
-- it (METRICS §3.6, CLARIFICATIONS D59): gone, or still there at as_of. With observation_start, customers from
-- before it are at risk from that day on only, and who left before it was never observed.
{%- set early_days = 90 %}
with

clock as (

    select as_of_date from {{ ref('int_build_clock') }}

),

first_spells as (

    select
        spells.customer_id,
        {{ dbt.datediff('spells.started_date', 'coalesce(spells.ended_date, clock.as_of_date)', 'day') }} as exit_day,
        {% if var('observation_start') is not none -%}
        greatest(
            0,
            {{ dbt.datediff('spells.started_date', "cast('" ~ var('observation_start') ~ "' as date)", 'day') }}
        )
        {%- else -%} 0
        {%- endif %} as entry_day,
        spells.ended_date is not null as is_churned,
        {{ date_plus('spells.started_date', early_days) }} <= clock.as_of_date as is_followed,
        spells.started_date
    from {{ ref('int_paying_spells') }} as spells
    cross join clock
    where spells.spell_number = 1

)

-- A customer is in the curve of what it was on its first paid day.
select
    first_spells.customer_id,
    profiles.segment,
    profiles.persona,
    profiles.plan,
    profiles.region,
    profiles.acquisition_channel,
    first_spells.entry_day,
    first_spells.exit_day,
    case when first_spells.is_churned then 1 else 0 end as churned,
    case when churns.churn_type = 'voluntary' then 1 else 0 end as churned_voluntary,
    case when churns.churn_type = 'involuntary' then 1 else 0 end as churned_involuntary,
    -- Early-life churn as a plain fraction is of those who could have been followed that long (METRICS §3.4).
    case when first_spells.is_followed then 1 else 0 end as followed,
    case
        when first_spells.is_followed and first_spells.is_churned and first_spells.exit_day <= {{ early_days }} then 1
        else 0
    end as left_early,
    first_spells.started_date
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
