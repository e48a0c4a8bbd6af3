-- One row per programme, attribute, period and breakdown with enough complete cases: the importance derived from
-- what moves together, r² of the attribute with the overall answer of the same response as a share of all r²
-- (METRICS §2.5.6, imp_r2). At least derived_importance_min_base cases, and ten for each attribute, are needed.
{%- set dimensions = feedback_dimensions() %}
{%- set keys = ['programme', 'attribute', 'period_grain', 'period_start'] %}
with

-- A respondent is a case once, by the response that counts for the index.
respondents as (

    select * from {{ ref('int_feedback_period_units') }}
    where metric = 'csi_index'

),

cases as (

    select
        respondents.period_grain,
        respondents.period_start,
        {%- for dimension in dimensions %}
        respondents.{{ dimension }},
        {%- endfor %}
        cases.programme,
        cases.attribute,
        cases.attributes,
        cases.pomp,
        cases.overall
    from respondents
    inner join {{ ref('int_csi_cases') }} as cases
        on respondents.response_id = cases.response_id

),

sums as (

    select
        {{ keys | join(', ') }},
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        max(attributes) as attributes,
        count(*) as n,
        count(*) filter (where pomp > 100 - 1e-9) as at_ceiling,
        {{ exact_sum('pomp') }} as x,
        {{ exact_sum('overall') }} as y,
        {{ exact_sum('pomp * pomp') }} as xx,
        {{ exact_sum('overall * overall') }} as yy,
        {{ exact_sum('pomp * overall') }} as xy
    from cases
    {{ group_by_breakdowns(keys, dimensions) }}

),

correlated as (

    select
        sums.*,
        {{ correlation_of_sums('x', 'y', 'xx', 'yy', 'xy', 'n') }} as r
    from sums
    where n >= greatest({{ var('derived_importance_min_base') }}, 10 * attributes)

)

select
    {{ keys | join(', ') }},
    dimension,
    dimension_value,
    n as complete_cases,
    r,
    sqrt({{ variance_of_sums('x', 'xx', 'n') }}) as standard_deviation,
    {{ share('at_ceiling', 'n') }} as ceiling_share,
    -- Ten places are few for squares: an r of 0.002 would be rounded by a part in forty thousand.
    power(coalesce(r, 0), 2) / nullif(cast(
        sum(cast(power(coalesce(r, 0), 2) as decimal(38, 20))) over (
            partition by programme, period_grain, period_start, dimension, dimension_value
        ) as double precision
    ), 0) as importance_derived
from correlated
