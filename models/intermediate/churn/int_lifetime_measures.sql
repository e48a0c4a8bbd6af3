-- One row per metric, period and breakdown: how long customers stay and what twelve months leave of their revenue, as
-- int_churn_measures takes them (METRICS §3.2, §3.4, §3.6, §3.7).
{%- set keys = ['period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

lifetimes as (

    select * from {{ ref('int_lifetimes') }}

),

yearly as (

    select
        'month' as period_grain,
        month as period_start,
        yearly_retention.*
    from {{ ref('int_yearly_retention') }} as yearly_retention

),

inactivity as (

    select
        *,
        active_customers - kept_customers as inactive_customers
    from {{ ref('int_inactivity_breakdowns') }}
    where
        scenario = 'usual'
        and active_customers > 0

)
{% for metric, columns in {'nrr_12m': ('nrr', 'kept_mrr'), 'grr_12m': ('grr', 'capped_mrr')}.items() %}
select
    '{{ metric }}' as metric,
    {{ keys | join(', ') }},
    'ratio' as kind,
    'ratio' as unit,
    opening_customers as base,
    {{ columns[0] }} as value,
    cast({{ columns[1] }} as double precision) as numerator,
    cast(opening_mrr as double precision) as denominator,
    {{ columns[0] }}_standard_error as standard_error,
    {{ ratio_low(columns[0], columns[0] ~ '_standard_error', 'opening_customers') }} as ci_low,
    {{ ratio_high(columns[0], columns[0] ~ '_standard_error', 'opening_customers') }} as ci_high,
    cast(null as double precision) as positives
from yearly

union all
{% endfor %}
select
    'early_life_churn_90' as metric,
    {{ keys | join(', ') }},
    'ratio' as kind,
    'ratio' as unit,
    base,
    early_life_churn as value,
    cast(null as double precision) as numerator,
    cast(null as double precision) as denominator,
    early_life_standard_error as standard_error,
    early_life_ci_low as ci_low,
    early_life_ci_high as ci_high,
    cast(null as double precision) as positives
from lifetimes

union all

select
    'lifetime_median' as metric,
    {{ keys | join(', ') }},
    'count' as kind,
    'count' as unit,
    base,
    cast(median_days as double precision) as value,
    cast(null as double precision) as numerator,
    cast(null as double precision) as denominator,
    cast(null as double precision) as standard_error,
    cast(median_ci_low as double precision) as ci_low,
    cast(median_ci_high as double precision) as ci_high,
    cast(null as double precision) as positives
from lifetimes

union all

select
    'inactive_churn' as metric,
    {{ keys | join(', ') }},
    'share' as kind,
    'ratio' as unit,
    active_customers as base,
    {{ share('inactive_customers', 'active_customers') }} as value,
    cast(inactive_customers as double precision) as numerator,
    cast(active_customers as double precision) as denominator,
    sqrt(
        {{ share('inactive_customers', 'active_customers') }}
        * (1 - {{ share('inactive_customers', 'active_customers') }}) / active_customers
    ) as standard_error,
    {{ wilson_low('inactive_customers', 'active_customers') }} as ci_low,
    {{ wilson_high('inactive_customers', 'active_customers') }} as ci_high,
    cast(inactive_customers as double precision) as positives
from inactivity
