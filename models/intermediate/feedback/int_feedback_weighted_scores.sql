-- One row per relational score and period for which the reference table population_cells says who could have been
-- asked: the score with each cell at its share of the population, for who answers is not who is there (METRICS
-- §1.1, T12). Without cells there is no row and the unweighted score is the only one (CLARIFICATIONS C1).
{%- set smallest_cell = 10 %}
{%- set weight_cap = 5 %}
{%- set score = ['metric', 'period_grain', 'period_start'] %}
with

population as (

    select * from {{ ref('population_cells') }}

),

customer_starts as (

    select
        customers.customer_id,
        coalesce(
            min(intervals.started_date), {{ reporting_date('min(customers.acquired_at)') }}
        ) as started_date
    from {{ ref('int_customers') }} as customers
    left join {{ ref('fct_paying_intervals') }} as intervals
        on customers.customer_id = intervals.customer_id
    group by customers.customer_id

),

units as (

    select
        units.*,
        responses.customer_id,
        responses.responded_date,
        scales.programme is not null as is_on_headline_scale
    from {{ ref('int_feedback_period_units') }} as units
    inner join {{ ref('int_feedback_responses') }} as responses
        on units.response_id = responses.response_id
    left join {{ ref('int_feedback_csat_scales') }} as scales
        on units.programme = scales.programme
        and scales.dimension = 'total'
        and units.scale_min = scales.scale_min
        and units.scale_max = scales.scale_max
    where units.programme = 'relational' and exists (select 1 from population)

),

scored as (

    {%- for metric, source, value in [
        ('nps_rel', 'nps', '100 * nps_vote'),
        ('nps_promoter_share', 'nps', 'case when nps_vote = 1 then 1 else 0 end'),
        ('nps_passive_share', 'nps', 'case when nps_vote = 0 then 1 else 0 end'),
        ('nps_detractor_share', 'nps', 'case when nps_vote = -1 then 1 else 0 end'),
        ('csat_t2b', 'csat', 'case when is_satisfied then 1 when not is_satisfied then 0 end'),
        ('dsat_rate', 'csat', 'case when is_dissatisfied then 1 when not is_dissatisfied then 0 end'),
        ('csat_mean', 'csat', 'score'),
        ('csat_pomp', 'csat', 'pomp'),
        ('ces_5', 'ces5', 'case when is_satisfied then 1 when not is_satisfied then 0 end'),
        ('ces_1', 'ces1', 'case when is_satisfied then 1 when not is_satisfied then 0 end'),
        ('ces2_pct', 'ces2', 'case when is_satisfied then 1 when not is_satisfied then 0 end'),
        ('ces2_mean', 'ces2', 'score'),
        ('ces2_net', 'ces2', '100 * (cast(is_satisfied as integer) - cast(is_dissatisfied as integer))'),
        ('csi', 'csi_index', 'pomp'),
        ('csi_acsi', 'acsi_index', 'pomp'),
    ] %}
    select
        cast('{{ metric }}' as {{ dbt.type_string() }}) as metric,
        units.period_grain,
        units.period_start,
        units.segment,
        units.customer_id,
        units.responded_date,
        cast({{ value }} as double precision) as value
    from units
    where
        units.metric = '{{ source }}'
        and (units.is_on_headline_scale or '{{ metric }}' not in ('csat_t2b', 'dsat_rate', 'csat_mean'))
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

banded as (

    select
        scored.*,
        coalesce({{ tenure_band('customer_starts.started_date', 'scored.responded_date') }}, 'unknown')
            as tenure_band
    from scored
    left join customer_starts
        on scored.customer_id = customer_starts.customer_id
    where scored.value is not null

),

answered as (

    select
        {{ score | join(', ') }},
        segment,
        tenure_band,
        count(*) as n,
        {{ exact_sum('value') }} as total,
        {{ exact_sum('value * value') }} as square_total
    from banded
    group by {{ score | join(', ') }}, segment, tenure_band

),

scores as (

    select
        {{ score | join(', ') }},
        sum(n) as n
    from answered
    group by {{ score | join(', ') }}

),

-- The population as of the period's start; of what began before the first count, the first count.
versions as (

    select
        scores.metric,
        scores.period_grain,
        scores.period_start,
        scores.n as base,
        coalesce(
            max(case when population.valid_from <= scores.period_start then population.valid_from end),
            min(population.valid_from)
        ) as valid_from
    from scores
    cross join population
    group by scores.metric, scores.period_grain, scores.period_start, scores.n

),

cells as (

    select
        versions.metric,
        versions.period_grain,
        versions.period_start,
        versions.base,
        population.segment,
        coalesce(population.tenure_band, 'every band') as tenure_band,
        max(population.customers) as population,
        coalesce(sum(answered.n), 0) as n,
        coalesce(sum(answered.total), 0) as total,
        coalesce(sum(answered.square_total), 0) as square_total
    from versions
    inner join population
        on versions.valid_from = population.valid_from
    left join answered
        on versions.metric = answered.metric
        and versions.period_grain = answered.period_grain
        and versions.period_start = answered.period_start
        and population.segment = answered.segment
        and coalesce(population.tenure_band, answered.tenure_band) = answered.tenure_band
    group by
        versions.metric, versions.period_grain, versions.period_start, versions.base, population.segment,
        coalesce(population.tenure_band, 'every band')

),

-- A cell too small to speak for itself joins the other tenure bands of its segment; a segment too small for that
-- joins the smallest others until together they are large enough.
within_segments as (

    select
        cells.*,
        case
            when min(n) over (partition by {{ score | join(', ') }}, segment) < {{ smallest_cell }} then 'every band'
            else tenure_band
        end as stratum_band,
        sum(n) over (partition by {{ score | join(', ') }}, segment) as segment_n
    from cells

),

segments as (

    select
        {{ score | join(', ') }},
        segment,
        segment_n,
        min(segment_n) over (partition by {{ score | join(', ') }}) as smallest_n,
        sum(segment_n) over (
            partition by {{ score | join(', ') }} order by segment_n, segment
            rows between unbounded preceding and current row
        ) - segment_n as smaller_n
    from within_segments
    group by {{ score | join(', ') }}, segment, segment_n

),

placed as (

    select
        within_segments.*,
        segments.smallest_n < {{ smallest_cell }}
        and (segments.segment_n < {{ smallest_cell }} or segments.smaller_n < {{ smallest_cell }}) as is_pooled
    from within_segments
    inner join segments
        on within_segments.metric = segments.metric
        and within_segments.period_grain = segments.period_grain
        and within_segments.period_start = segments.period_start
        and within_segments.segment = segments.segment

),

strata as (

    select
        {{ score | join(', ') }},
        base,
        case when is_pooled then '' else segment end as stratum_segment,
        case when is_pooled then '' else stratum_band end as stratum_band,
        count(*) as cells,
        cast(sum(population) as double precision) as population,
        cast(sum(n) as double precision) as n,
        sum(total) as total,
        sum(square_total) as square_total
    from placed
    group by
        {{ score | join(', ') }}, base, case when is_pooled then '' else segment end,
        case when is_pooled then '' else stratum_band end

),

weighed as (

    select
        strata.*,
        sum(population) over (partition by {{ score | join(', ') }}) as population_total,
        (population / sum(population) over (partition by {{ score | join(', ') }})) / (n / base) as raw_weight
    from strata
    where n > 0

),

-- The mean of the row weights is 1, before the cap and after.
capped as (

    select
        weighed.*,
        least(raw_weight, {{ weight_cap }}) * base
        / sum(least(raw_weight, {{ weight_cap }}) * n) over (partition by {{ score | join(', ') }}) as weight
    from weighed

),

summed as (

    select
        {{ score | join(', ') }},
        base,
        count(*) as strata,
        sum(cells) as cells,
        sum(n) as covered,
        max(population_total) as population,
        max(raw_weight) > {{ weight_cap }} as is_capped,
        {{ exact_sum('weight * n / base * (total / n)') }} as value,
        sqrt({{ exact_sum(
            'power(weight * n / base, 2) * ' ~ variance_of_sums('total', 'square_total', 'n') ~ ' / n'
        ) }}) as standard_error,
        power({{ exact_sum('weight * n') }}, 2) / {{ exact_sum('weight * weight * n') }} as effective_base
    from capped
    group by {{ score | join(', ') }}, base

),

corrected as (

    select
        summed.*,
        standard_error * case
            when {{ 'true' if var('finite_population') else 'false' }}
                then {{ finite_population_factor('base', 'population') }}
            else 1
        end as corrected_standard_error
    from summed
    -- Somebody who answered belongs to no cell: the population is not known after all (METRICS §13 rule 48).
    where covered = base

)

select
    {{ score | join(', ') }},
    cast(base as bigint) as base,
    cast(strata as bigint) as strata,
    population,
    effective_base,
    value,
    corrected_standard_error as standard_error,
    value - {{ z_quantile() }} * corrected_standard_error as ci_low,
    value + {{ z_quantile() }} * corrected_standard_error as ci_high,
    is_capped,
    strata < cells as is_collapsed
from corrected
