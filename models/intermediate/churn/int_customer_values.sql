-- One row per start cohort and breakdown: what a customer is worth over its life (METRICS §5). Payments stand at the
-- start of each year; without a margin only the simple form can be told, without a cost of winning only what comes
-- before it.
{%- set years = var('clv_horizon_years') %}
{%- set discount = '(1 + cast(' ~ var('clv_discount_rate') ~ ' as double precision))' %}
with

cells as (

    select
        *,
        annual_revenue * cast({{ gross_margin_rate() }} as double precision) as annual_margin
    from {{ ref('int_customer_value_cells') }}

),

-- The payment of a year comes from whoever has reached its start; that of the first from everybody.
annuities as (

    select
        {{ life_cell() | join(', ') }},
        max(case when year_number = 1 then survival end) as annual_retention,
        {%- for bound in ['survival', 'survival_low', 'survival_high'] %}
        1
        {%- for year in range(1, years) %}
        + max(case when year_number = {{ year }} then {{ bound }} end) * {{ discount_factor(year) }}
        {%- endfor %} as annuity_{{ bound }},
        {%- endfor %}
        max(case when is_extrapolated and year_number < {{ years }} then 1 else 0 end) = 1 as is_extrapolated
    from {{ ref('int_survival_marks') }}
    where year_number > 0
    group by {{ life_cell() | join(', ') }}

),

joined as (

    select
        {% for bound in ['survival', 'survival_low', 'survival_high'] -%}
        cells.annual_margin * annuities.annuity_{{ bound }} as value_{{ bound }},
        {% endfor -%}
        cells.*,
        annuities.annual_retention,
        annuities.is_extrapolated,
        lifetimes.restricted_mean_days / cast(365.25 as double precision) as relationship_years,
        lifetimes.horizon_days / cast(365.25 as double precision) as horizon_years,
        annuities.annual_retention / {{ discount }} as yearly_factor
    from cells
    inner join annuities
        on {{ same_life_cell('cells', 'annuities') }}
    inner join {{ ref('int_lifetimes') }} as lifetimes
        on {{ same_life_cell('cells', 'lifetimes') }}

)

select
    {{ life_cell() | join(', ') }},
    customers,
    customers_with_cost,
    customers_with_value,
    annual_revenue,
    annual_margin,
    annual_retention,
    relationship_years,
    horizon_years,
    acquisition_cost,
    annual_revenue * relationship_years - acquisition_cost as clv_seed,
    -- With a discount of 0 and nobody leaving, each year is worth the same.
    annual_margin * case
        when yearly_factor = 1 then {{ years }}
        else (1 - power(yearly_factor, {{ years }})) / (1 - yearly_factor)
    end - acquisition_cost as clv_margin,
    annual_margin / nullif(1 - yearly_factor, 0) - acquisition_cost as clv_margin_perpetual,
    value_survival as value_before_cost,
    value_survival - acquisition_cost as clv_survival,
    value_survival_low - acquisition_cost as clv_survival_low,
    value_survival_high - acquisition_cost as clv_survival_high,
    value_survival / nullif(acquisition_cost, 0) as ltv_cac,
    historic_value / nullif(customers_with_value, 0) as clv_historic,
    {{ variance_of_sums('historic_value', 'historic_squares', 'customers_with_value') }} as clv_historic_variance,
    is_extrapolated
from joined
