-- One row per period of the start and breakdown with a mature issue: how often customers had to come back, and to
-- change the channel (METRICS §6.4).
with

counts as (

    select
        *,
        issues < {{ var('min_base_publish') }} as is_small,
        contacts / cast(issues as double precision) as contacts_mean,
        {{ variance_of_sums('cast(contacts as double precision)', 'contact_square_sum', 'issues') }}
            as contacts_variance
    from {{ ref('int_contact_issue_counts') }}

)

select
    period_grain,
    period_start,
    cast(dimension as {{ dbt.type_string() }}) as dimension,
    cast(dimension_value as {{ dbt.type_string() }}) as dimension_value,
    {{ publish_status('issues', 'is_small', is_immature('period_grain', 'period_start')) }} as publish_status,
    issues as base,
    contacts,
    switched,
    case when not is_small then contacts_mean end as contacts_per_issue,
    case when not is_small then {{ mean_low('contacts_mean', 'contacts_variance', 'issues') }} end
        as contacts_per_issue_ci_low,
    case when not is_small then {{ mean_high('contacts_mean', 'contacts_variance', 'issues') }} end
        as contacts_per_issue_ci_high,
    case when not is_small then {{ share('switched', 'issues') }} end as channel_switch_rate,
    case when not is_small then {{ wilson_low('switched', 'issues') }} end as channel_switch_ci_low,
    case when not is_small then {{ wilson_high('switched', 'issues') }} end as channel_switch_ci_high
from counts
