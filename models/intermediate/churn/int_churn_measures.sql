-- One row per metric, period and breakdown: the subject's numbers as kpi_metric_values takes them, before
-- suppression. A share is told by its counts, a ratio by its sums and its T7 interval (METRICS §3).
{{ config(access='protected') }}

{%- set shares = {
    'logo_churn_rate': ('churned_customers', 'opening_customers'),
    'involuntary_share': ('involuntary_churn', 'churn_events'),
    'avoidable_churn_share': ('avoidable_churn', 'churn_events'),
    'churn_reason_unknown': ('unknown_reasons', 'churn_events'),
    'winback_rate_90': ('winbacks', 'winback_base'),
} %}
{%- set counts = ['churn_events', 'intra_period_churn'] %}
{%- set ratios = {'nrr': 'kept_mrr', 'grr': 'capped_mrr'} %}
{%- set keys = ['period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

breakdowns as (

    select
        *,
        -- Whoever could have left in the period: there at its start, or begun in it.
        covered_customers + starts as exposed_customers
    from {{ ref('int_churn_breakdowns') }}

),

movements as (

    select * from {{ ref('int_mrr_movements') }}

),

share_measures as (
    {% for metric, (numerator, base) in shares.items() %}
    select
        '{{ metric }}' as metric,
        {{ keys | join(', ') }},
        'share' as kind,
        'ratio' as unit,
        {{ base }} as base,
        {{ share(numerator, base) }} as value,
        cast({{ numerator }} as double precision) as numerator,
        cast({{ base }} as double precision) as denominator,
        sqrt({{ share(numerator, base) }} * (1 - {{ share(numerator, base) }}) / {{ base }}) as standard_error,
        {{ wilson_low(numerator, base) }} as ci_low,
        {{ wilson_high(numerator, base) }} as ci_high,
        cast({{ numerator }} as double precision) as positives
    from breakdowns
    where
        {{ base }} > 0
        {%- if base == 'opening_customers' %}
        and has_begun
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

count_measures as (
    {% for metric in counts %}
    select
        '{{ metric }}' as metric,
        {{ keys | join(', ') }},
        'count' as kind,
        'count' as unit,
        exposed_customers as base,
        cast({{ metric }} as double precision) as value,
        cast({{ metric }} as double precision) as numerator,
        cast(null as double precision) as denominator,
        cast(null as double precision) as standard_error,
        {%- for end, bound in {'ci_low': poisson_low(metric), 'ci_high': poisson_high(metric)}.items() %}
        {{ bound if metric == 'churn_events' else 'cast(null as double precision)' }} as {{ end }},
        {%- endfor %}
        cast(null as double precision) as positives
    from breakdowns
    where exposed_customers > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

hazards as (

    select
        'churn_hazard' as metric,
        {{ keys | join(', ') }},
        'ratio' as kind,
        'ratio' as unit,
        exposed_customers as base,
        churn_events / nullif(customer_months, 0) as value,
        cast(churn_events as double precision) as numerator,
        customer_months as denominator,
        sqrt(cast(churn_events as double precision)) / nullif(customer_months, 0) as standard_error,
        {{ poisson_low('churn_events') }} / nullif(customer_months, 0) as ci_low,
        {{ poisson_high('churn_events') }} / nullif(customer_months, 0) as ci_high,
        cast(null as double precision) as positives
    from breakdowns
    where
        exposed_customers > 0
        and has_begun

),

retentions as (
    {% for metric, numerator in ratios.items() %}
    select
        '{{ metric }}' as metric,
        {{ keys | join(', ') }},
        'ratio' as kind,
        'ratio' as unit,
        opening_customers as base,
        {{ metric }} as value,
        cast({{ numerator }} as double precision) as numerator,
        cast(opening_mrr as double precision) as denominator,
        {{ metric }}_standard_error as standard_error,
        {{ metric }}_ci_low as ci_low,
        {{ metric }}_ci_high as ci_high,
        cast(null as double precision) as positives
    from breakdowns
    where
        opening_customers > 0
        and has_begun
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

amounts as (

    select
        'mrr_' || movement as metric,
        'month' as period_grain,
        month as period_start,
        dimension,
        dimension_value,
        'money' as kind,
        'money' as unit,
        customers as base,
        cast(moved_mrr as double precision) as value,
        cast(moved_mrr as double precision) as numerator,
        cast(null as double precision) as denominator,
        cast(null as double precision) as standard_error,
        cast(null as double precision) as ci_low,
        cast(null as double precision) as ci_high,
        cast(null as double precision) as positives
    from movements
    where movement <> 'retained'

),

gains_and_losses as (

    select
        month,
        dimension,
        dimension_value,
        cast(sum(customers) as bigint) as customers,
        coalesce(sum(moved_mrr) filter (where movement in ('new', 'reactivation', 'expansion')), 0) as gained_mrr,
        coalesce(sum(moved_mrr) filter (where movement in ('churn', 'contraction', 'pause')), 0) as lost_mrr,
        coalesce(sum(moved_squares) filter (where movement in ('new', 'reactivation', 'expansion')), 0)
            as gained_squares,
        coalesce(sum(moved_squares) filter (where movement in ('churn', 'contraction', 'pause')), 0) as lost_squares
    from movements
    group by month, dimension, dimension_value

),

-- T7 over customers, of whom none both gains and loses in a month.
gain_ratios as (

    select
        *,
        {{ share('gained_mrr', 'lost_mrr') }} as ratio,
        {{ ratio_standard_error(
            '(gained_squares + power(' ~ share('gained_mrr', 'lost_mrr') ~ ', 2) * lost_squares)', 'lost_mrr',
            'customers'
        ) }} as standard_error
    from gains_and_losses

),

quick_ratios as (

    select
        'quick_ratio' as metric,
        'month' as period_grain,
        month as period_start,
        dimension,
        dimension_value,
        'ratio' as kind,
        'ratio' as unit,
        customers as base,
        ratio as value,
        cast(gained_mrr as double precision) as numerator,
        cast(lost_mrr as double precision) as denominator,
        standard_error,
        {{ ratio_low('ratio', 'standard_error', 'customers') }} as ci_low,
        {{ ratio_high('ratio', 'standard_error', 'customers') }} as ci_high,
        cast(null as double precision) as positives
    from gain_ratios

),

measures as (

    select * from share_measures
    union all
    select * from count_measures
    union all
    select * from hazards
    union all
    select * from retentions
    union all
    select * from amounts
    union all
    select * from quick_ratios
    union all
    select * from {{ ref('int_lifetime_measures') }}
    union all
    select
        *,
        cast(null as double precision) as positives
    from {{ ref('int_value_measures') }}

)

select
    metric,
    'none' as programme,
    period_grain,
    cast(period_start as date) as period_start,
    dimension,
    dimension_value,
    kind,
    unit,
    cast(base as bigint) as base,
    value,
    numerator,
    denominator,
    standard_error,
    ci_low,
    ci_high,
    positives,
    cast(null as double precision) as negatives,
    cast(null as double precision) as variance,
    value is not null as is_estimable
from measures
