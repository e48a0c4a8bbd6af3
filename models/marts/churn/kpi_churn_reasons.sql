-- One row per reason, period and breakdown: why customers left, in logos and in money, and whether that has changed
-- since the period before (METRICS §3.9). The base is every churn event, those without a known reason included.
{%- set dimensions = churn_dimensions() %}
{%- set cell = ['period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

breakdowns as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        reason,
        count(*) as churned_customers,
        count(*) filter (where reason_source = 'inferred') as inferred_customers,
        sum(mrr_lost) as mrr_lost
    from {{ ref('int_churn_events_described') }}
    {{ group_by_breakdowns(['period_grain', 'period_start', 'reason'], dimensions) }}

),

ranked as (

    select
        *,
        {{ previous_period_start('period_grain', 'period_start') }} as previous_start,
        sum(churned_customers) over same_cell as base,
        sum(mrr_lost) over same_cell as mrr_lost_in_all,
        coalesce(sum(case when reason = 'unknown' then churned_customers end) over same_cell, 0) as unknown_customers,
        row_number() over by_logos as reason_rank,
        row_number() over (
            partition by {{ cell | join(', ') }} order by mrr_lost desc, churned_customers desc, reason asc
        ) as mrr_rank,
        sum(churned_customers) over (
            partition by {{ cell | join(', ') }} order by churned_customers desc, mrr_lost desc, reason asc
            rows between unbounded preceding and current row
        ) as cumulative_customers
    from breakdowns
    window
        same_cell as (partition by {{ cell | join(', ') }}),
        by_logos as (
            partition by {{ cell | join(', ') }} order by churned_customers desc, mrr_lost desc, reason asc
        )

),

cells as (

    select distinct
        {{ cell | join(', ') }},
        previous_start,
        base
    from ranked

),

compared_cells as (

    select
        cells.*,
        previous.base as previous_base,
        cells.base >= {{ var('min_base_publish') }}
        and previous.base >= {{ var('min_base_publish') }}
        and not {{ is_immature('cells.period_grain', 'cells.period_start') }} as is_testable
    from cells
    inner join cells as previous
        on cells.period_grain = previous.period_grain
        and cells.previous_start = previous.period_start
        and cells.dimension = previous.dimension
        and cells.dimension_value = previous.dimension_value

),

-- The table of reasons by the two periods holds those of either; a reason that is in one only is 0 in the other.
reason_table as (

    select
        {% for key in cell %}compared_cells.{{ key }}, {% endfor %}
        ranked.reason,
        compared_cells.base,
        compared_cells.previous_base,
        compared_cells.is_testable,
        sum(
            case when ranked.period_start = compared_cells.period_start then ranked.churned_customers else 0 end
        ) as churned_customers,
        sum(
            case when ranked.period_start = compared_cells.previous_start then ranked.churned_customers else 0 end
        ) as previous_customers
    from compared_cells
    inner join ranked
        on compared_cells.period_grain = ranked.period_grain
        and compared_cells.dimension = ranked.dimension
        and compared_cells.dimension_value = ranked.dimension_value
        and ranked.period_start in (compared_cells.period_start, compared_cells.previous_start)
    group by
        {% for key in cell %}compared_cells.{{ key }}, {% endfor %}
        ranked.reason, compared_cells.base, compared_cells.previous_base, compared_cells.is_testable

),

changes as (

    select
        *,
        {{ share('previous_customers', 'previous_base') }} as previous_share,
        {{ share('churned_customers', 'base') }} - {{ share('previous_customers', 'previous_base') }} as change,
        {{ two_shares_low('churned_customers', 'base', 'previous_customers', 'previous_base') }} as change_ci_low,
        {{ two_shares_high('churned_customers', 'base', 'previous_customers', 'previous_base') }} as change_ci_high,
        {{ p_of_z(two_shares_z('churned_customers', 'base', 'previous_customers', 'previous_base')) }} as p_value,
        power(
            churned_customers * cast(previous_base as double precision)
            - previous_customers * cast(base as double precision), 2
        ) / (cast(base as double precision) * previous_base * (churned_customers + previous_customers))
            as chi_square_part
    from reason_table
    where is_testable

),

tests as (

    select
        *,
        count(p_value) over (partition by {{ cell | join(', ') }}) as comparisons,
        row_number() over (partition by {{ cell | join(', ') }} order by p_value nulls last, reason) as p_rank,
        cast(sum(cast(chi_square_part as decimal(28, 12))) over (
            partition by {{ cell | join(', ') }}
        ) as double precision) as chi_square,
        count(*) over (partition by {{ cell | join(', ') }}) - 1 as chi_square_degrees
    from changes

),

adjusted as (

    select
        *,
        {{ holm('p_value', 'comparisons', 'p_rank', cell) }} as p_adjusted
    from tests

),

judged as (

    select
        *,
        base < {{ var('min_base_publish') }} as is_suppressed,
        dimension <> 'total' and churned_customers < {{ var('min_base_money') }} as is_money_suppressed
    from ranked

)

select
    judged.period_grain,
    judged.period_start,
    judged.dimension,
    judged.dimension_value,
    judged.reason,
    reasons.reason_group,
    cast(judged.base as bigint) as base,
    judged.churned_customers,
    judged.inferred_customers,
    case when not judged.is_suppressed then {{ share('judged.churned_customers', 'judged.base') }} end as share,
    case when not judged.is_suppressed then {{ wilson_low('judged.churned_customers', 'judged.base') }} end as ci_low,
    case when not judged.is_suppressed then {{ wilson_high('judged.churned_customers', 'judged.base') }} end as ci_high,
    case
        when judged.is_suppressed then null
        when judged.reason = 'unknown' then {{ share('judged.churned_customers', 'judged.base') }}
        else {{ share('judged.churned_customers + judged.unknown_customers', 'judged.base') }}
    end as share_if_all_unknown,
    case
        when not judged.is_suppressed then {{ share('judged.cumulative_customers', 'judged.base') }}
    end as cumulative_share,
    case when not judged.is_money_suppressed then cast(judged.mrr_lost as decimal(18, 4)) end as mrr_lost,
    case
        when not judged.is_suppressed and not judged.is_money_suppressed
            then {{ share('judged.mrr_lost', 'judged.mrr_lost_in_all') }}
    end as mrr_share,
    cast(judged.reason_rank as bigint) as rank,
    cast(judged.mrr_rank as bigint) as mrr_rank,
    reasons.is_avoidable,
    {%- for number in ['previous_share', 'change', 'change_ci_low', 'change_ci_high', 'p_value', 'p_adjusted'] %}
    adjusted.{{ number }},
    {%- endfor %}
    case when adjusted.chi_square_degrees > 0 then adjusted.chi_square end as chi_square,
    cast(adjusted.chi_square_degrees as bigint) as chi_square_degrees,
    {{ p_of_chi_square('adjusted.chi_square', 'adjusted.chi_square_degrees') }} as chi_square_p_value,
    {{ publish_status(
        'judged.base', 'judged.is_suppressed', is_immature('judged.period_grain', 'judged.period_start')
    ) }} as publish_status
from judged
inner join {{ ref('dim_churn_reasons') }} as reasons
    on judged.reason = reasons.reason
left join adjusted
    on judged.period_grain = adjusted.period_grain
    and judged.period_start = adjusted.period_start
    and judged.dimension = adjusted.dimension
    and judged.dimension_value = adjusted.dimension_value
    and judged.reason = adjusted.reason
