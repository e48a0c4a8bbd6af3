-- One row per metric, programme, period and dimension with at least two values: how much of the total's change since
-- the period before comes from the values themselves (rate), from their shares of the base (mix) and from both at
-- once (interaction). The three add up to the change (METRICS §2.5.5). Values too small to be shown, or there in one
-- of the two periods only, are taken together with the smallest other one, so that nothing hidden can be computed.
-- Where the values do not make up the total (surveys on scales of their own, §2.3; an account in two segments) there is
-- nothing to take apart.
{%- set cell = ['metric', 'programme', 'period_grain', 'period_start', 'dimension'] %}
{%- set is_of_parts = "kind in ('net_score', 'clustered_score', 'share', 'mean')" %}
with

-- Metrics whose total is the mean of its parts weighed by their bases: shares, means and net scores.
told as (

    -- A weighted total is taken apart as it was answered, for its parts are not weighted.
    select
        {{ cell | join(', ') }},
        dimension_value,
        unit,
        base,
        unweighted_value as value,
        0 as settling_days
    from {{ ref('int_feedback_measures') }}
    where
        base > 0
        and base = denominator
        and (is_weighted or {{ is_of_parts }})

    -- Days after its end in which the facts of a period still change.
    {%- for subject, settling_days in [
        (ref('int_churn_measures'), 0), (ref('int_service_measures'), 0), (ref('int_journey_measures'), 0),
        (ref('int_web_measures'), var('web_settling_days'))
    ] %}
    union all
    select
        {{ cell | join(', ') }},
        dimension_value,
        unit,
        base,
        cast(numerator / nullif(denominator, 0) as double precision) as value,
        {{ settling_days }} as settling_days
    from {{ subject }}
    where
        base > 0
        and base = denominator
        and {{ is_of_parts }}
    {%- endfor %}

),

totals as (

    select * from told
    where dimension = 'total'

),

judged as (

    select
        told.*,
        {{ previous_period_start('period_grain', 'period_start') }} as previous_start,
        {{ is_suppressed('base', cell, 'dimension_value') }} as is_hidden
    from told
    where dimension <> 'total'

),

before as (

    select
        judged.*,
        {{ period_end('period_grain', 'period_start') }} as following_start
    from judged
    where period_grain <> 'all'

),

paired as (

    select
        coalesce(judged.metric, before.metric) as metric,
        coalesce(judged.programme, before.programme) as programme,
        coalesce(judged.period_grain, before.period_grain) as period_grain,
        coalesce(judged.period_start, before.following_start) as period_start,
        coalesce(judged.dimension, before.dimension) as dimension,
        coalesce(judged.dimension_value, before.dimension_value) as dimension_value,
        coalesce(judged.unit, before.unit) as unit,
        cast(coalesce(judged.base, 0) as double precision) as n,
        cast(coalesce(before.base, 0) as double precision) as previous_n,
        coalesce(judged.base * judged.value, 0) as total,
        coalesce(before.base * before.value, 0) as previous_total,
        coalesce(judged.is_hidden or before.is_hidden, true) as is_pooled
    from judged
    full outer join before
        on judged.metric = before.metric
        and judged.programme = before.programme
        and judged.period_grain = before.period_grain
        and judged.previous_start = before.period_start
        and judged.dimension = before.dimension
        and judged.dimension_value = before.dimension_value

),

-- The smallest value that could stand alone goes with the pooled ones.
ranked as (

    select
        paired.*,
        max(case when is_pooled then 1 else 0 end) over (partition by {{ cell | join(', ') }}) = 1 as has_pool,
        row_number() over (
            partition by {{ cell | join(', ') }}, is_pooled order by n + previous_n, dimension_value
        ) as size_rank
    from paired

),

parts as (

    select
        {{ cell | join(', ') }},
        unit,
        case when is_pooled or (has_pool and size_rank = 1) then '' else dimension_value end as part,
        sum(n) as n,
        sum(previous_n) as previous_n,
        cast(sum(cast(total as decimal(38, 10))) as double precision) as total,
        cast(sum(cast(previous_total as decimal(38, 10))) as double precision) as previous_total
    from ranked
    group by
        {{ cell | join(', ') }}, unit,
        case when is_pooled or (has_pool and size_rank = 1) then '' else dimension_value end

),

shares as (

    select
        parts.*,
        n / nullif(sum(n) over (partition by {{ cell | join(', ') }}), 0) as share,
        previous_n / nullif(sum(previous_n) over (partition by {{ cell | join(', ') }}), 0) as previous_share,
        total / nullif(n, 0) as value,
        previous_total / nullif(previous_n, 0) as previous_value
    from parts

),

summed as (

    select
        {{ cell | join(', ') }},
        unit,
        count(*) as parts,
        count(value) as parts_now,
        count(previous_value) as parts_before,
        cast(sum(n) as bigint) as base,
        cast(sum(previous_n) as bigint) as previous_base,
        cast(sum(cast(share * value as decimal(38, 10))) as double precision) as value,
        cast(sum(cast(previous_share * previous_value as decimal(38, 10))) as double precision) as previous_value,
        cast(sum(cast(
            previous_share * (value - previous_value) as decimal(38, 10)
        )) as double precision) as rate_effect,
        cast(sum(cast(
            (share - previous_share) * previous_value as decimal(38, 10)
        )) as double precision) as mix_effect,
        cast(sum(cast(
            (share - previous_share) * (value - previous_value) as decimal(38, 10)
        )) as double precision) as interaction_effect
    from shares
    group by {{ cell | join(', ') }}, unit

)

select
    summed.metric,
    summed.programme,
    summed.period_grain,
    summed.period_start,
    summed.dimension,
    summed.unit,
    summed.base,
    summed.previous_base,
    summed.parts,
    summed.value,
    summed.previous_value,
    summed.value - summed.previous_value as change,
    summed.rate_effect,
    summed.mix_effect,
    summed.interaction_effect,
    {{ publish_status(
        'least(summed.base, summed.previous_base)', 'false',
        is_immature('summed.period_grain', 'summed.period_start', 'totals.settling_days')
    ) }} as publish_status
from summed
inner join totals
    on summed.metric = totals.metric
    and summed.programme = totals.programme
    and summed.period_grain = totals.period_grain
    and summed.period_start = totals.period_start
    and summed.base = totals.base
    and abs(summed.value - totals.value) < 0.000001
inner join totals as totals_before
    on summed.metric = totals_before.metric
    and summed.programme = totals_before.programme
    and summed.period_grain = totals_before.period_grain
    and {{ previous_period_start('summed.period_grain', 'summed.period_start') }} = totals_before.period_start
    and summed.previous_base = totals_before.base
    and abs(summed.previous_value - totals_before.value) < 0.000001
-- One part is no mix, and a total too small to be shown has no parts to show.
where
    summed.parts > 1
    and summed.parts_now = summed.parts
    and summed.parts_before = summed.parts
    and least(summed.base, summed.previous_base) >= {{ var('min_base_publish') }}
