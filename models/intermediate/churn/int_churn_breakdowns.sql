-- One row per period and breakdown with everything churn KPIs divide; rates are for the marts to make.
{%- set counts = [
    'opening_customers', 'churned_customers', 'churn_events', 'intra_period_churn', 'starts', 'covered_customers',
    'involuntary_churn', 'avoidable_churn', 'unknown_reasons', 'winback_base', 'winbacks', 'closing_customers',
    'provisional_customers', 'paused_customers', 'paused_lost',
] %}
{%- set amounts = ['opening_mrr', 'churned_mrr', 'kept_mrr', 'capped_mrr', 'capped_mrr_ex_pause'] %}
{%- set moments = ['opening_squares', 'opening_kept', 'kept_squares', 'opening_capped', 'capped_squares'] %}
with

breakdowns as (

    select
        period_grain,
        period_start,
        dimension,
        dimension_value,
        {%- for measure in counts %}
        cast({{ measure }} as bigint) as {{ measure }},
        {%- endfor %}
        {%- for measure in amounts %}
        cast({{ measure }} as decimal(18, 4)) as {{ measure }},
        {%- endfor %}
        {%- for measure in moments %}
        cast({{ measure }} as decimal(38, 8)) as {{ measure }},
        {%- endfor %}
        {% for length in [28, 29, 30, 31] -%}
        cast(days_{{ length }} as double precision) / {{ length }}{{ ' + ' if not loop.last }}
        {%- endfor %} as customer_months,
        {{ has_begun('period_start') }} as has_begun
    from {{ ref('int_churn_sums') }}
    -- A period that begins at as_of is there for the churns of that midnight alone.
    where
        churn_events > 0
        or {{ has_begun('period_start') }}

),

estimated as (

    select
        *,
        {{ share('kept_mrr', 'opening_mrr') }} as nrr,
        {{ share('capped_mrr', 'opening_mrr') }} as grr,
        {{ kept_ratio_standard_error('kept') }} as nrr_standard_error,
        {{ kept_ratio_standard_error('capped') }} as grr_standard_error
    from breakdowns

)

select
    *,
    {{ ratio_low('nrr', 'nrr_standard_error', 'opening_customers') }} as nrr_ci_low,
    {{ ratio_high('nrr', 'nrr_standard_error', 'opening_customers') }} as nrr_ci_high,
    {{ ratio_low('grr', 'grr_standard_error', 'opening_customers') }} as grr_ci_low,
    {{ ratio_high('grr', 'grr_standard_error', 'opening_customers') }} as grr_ci_high,
    {{ is_immature('period_grain', 'period_start') }} as is_immature
from estimated
