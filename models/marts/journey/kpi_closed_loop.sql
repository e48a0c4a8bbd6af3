-- One row per programme, period and breakdown with a case opened or due in it: are the unhappy called back, in time,
-- and do they come round (METRICS §8.4). Extreme scores move towards the middle by themselves, so what a call does is
-- the difference between those called and those not; the share of all detractors is the least that can have recovered.
-- A signal needs a p adjusted by Holm over the values of a breakdown (§0.6).
{%- set family = ['programme', 'period_grain', 'period_start', 'dimension'] %}
with

counts as (

    select
        *,
        asked_again - contacted_asked_again as uncontacted_asked_again,
        recovered - contacted_recovered as uncontacted_recovered
    from {{ ref('int_closed_loop_counts') }}

),

judged as (

    select
        *,
        {{ share('contacted_recovered', 'contacted_asked_again') }} as contacted_recovery,
        {{ share('uncontacted_recovered', 'uncontacted_asked_again') }} as uncontacted_recovery,
        cases < {{ var('min_base_publish') }} as is_small,
        contacted_asked_again >= {{ var('min_base_publish') }}
        and uncontacted_asked_again >= {{ var('min_base_publish') }} as is_comparable
    from counts

),

tested as (

    select
        *,
        case
            when is_comparable then {{ p_of_z(two_shares_z(
                'contacted_recovered', 'contacted_asked_again', 'uncontacted_recovered', 'uncontacted_asked_again'
            )) }}
        end as recovery_difference_p_value
    from judged

),

ranked as (

    select
        *,
        count(recovery_difference_p_value) over (partition by {{ family | join(', ') }}) as tests,
        row_number() over (
            partition by {{ family | join(', ') }} order by recovery_difference_p_value nulls last, dimension_value
        ) as p_rank
    from tested

),

adjusted as (

    select
        *,
        {{ holm('recovery_difference_p_value', 'tests', 'p_rank', family) }} as recovery_difference_p_adjusted
    from ranked

)

select
    {% for name, counted, base in [
        ('contact', 'contacted', 'mature_cases'),
        ('on_time', 'on_time', 'due'),
        ('resolution', 'resolved', 'mature_cases'),
        ('recovery', 'recovered', 'asked_again'),
        ('recovery_of_all', 'recovered', 'detractors'),
        ('contacted_recovery', 'contacted_recovered', 'contacted_asked_again'),
        ('uncontacted_recovery', 'uncontacted_recovered', 'uncontacted_asked_again'),
    ] -%}
    {%- set is_shown = 'not is_small and ' ~ base ~ ' >= ' ~ var('min_base_publish') %}
    case when {{ is_shown }} then {{ share(counted, base) }} end as {{ name }}_rate,
    case when {{ is_shown }} then {{ wilson_low(counted, base) }} end as {{ name }}_ci_low,
    case when {{ is_shown }} then {{ wilson_high(counted, base) }} end as {{ name }}_ci_high,
    {% endfor -%}
    programme,
    period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    {{ publish_status('cases', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    case
        when
            recovery_difference_p_adjusted is null
            or contacted_asked_again < {{ var('min_base_reliable') }}
            or uncontacted_asked_again < {{ var('min_base_reliable') }} then null
        when recovery_difference_p_adjusted >= 0.05 then 'none'
        when contacted_recovery > uncontacted_recovery then 'up'
        else 'down'
    end as recovery_signal,
    cases as base,
    mature_cases,
    contacted,
    resolved,
    due,
    on_time,
    detractors,
    asked_again,
    recovered,
    contacted_asked_again,
    contacted_recovered,
    uncontacted_asked_again,
    uncontacted_recovered,
    case when is_comparable then contacted_recovery - uncontacted_recovery end as recovery_difference,
    case
        when is_comparable then {{ two_shares_low(
            'contacted_recovered', 'contacted_asked_again', 'uncontacted_recovered', 'uncontacted_asked_again'
        ) }}
    end as recovery_difference_ci_low,
    case
        when is_comparable then {{ two_shares_high(
            'contacted_recovered', 'contacted_asked_again', 'uncontacted_recovered', 'uncontacted_asked_again'
        ) }}
    end as recovery_difference_ci_high,
    recovery_difference_p_value,
    recovery_difference_p_adjusted
from adjusted
