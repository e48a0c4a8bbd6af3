-- One row per month and breakdown: what the customers of twelve months before its closing pay at the closing (METRICS
-- §3.2, the 12-month forms). A state is twelve months old from a day a year after its own begin to a day a year after
-- its end, so a pair of states of a customer meets in one run of months: it is added at the first and taken away
-- after the last, and nobody has a row for a month. Breakdowns are as of twelve months before.
{%- set dimensions = churn_dimensions() | reject('equalto', 'tenure_band') | list %}
{%- set amounts = ['opening_mrr', 'kept_mrr', 'capped_mrr'] %}
{%- set squares = ['opening_squares', 'opening_kept', 'kept_squares', 'opening_capped', 'capped_squares'] %}
with

clock as (

    select as_of_date from {{ ref('int_build_clock') }}

),

months as (

    select
        period_start as month,
        closing_date
    from {{ ref('int_churn_periods') }}
    where
        period_grain = 'month'
        and has_begun

),

states as (

    select
        customer_id,
        profile_id,
        mrr,
        from_date,
        to_date,
        cast({{ dbt.dateadd('month', 12, 'from_date') }} as date) as year_after_from,
        case
            when to_date = date '9999-12-31' then to_date
            else cast({{ dbt.dateadd('month', 12, 'to_date') }} as date)
        end as year_after_to
    from {{ ref('int_customer_state_profiles') }}
    where mrr > 0

),

bases as (

    select
        profile_id,
        mrr as opening_mrr,
        cast(0 as decimal(18, 4)) as kept_mrr,
        year_after_from as first_date,
        year_after_to as end_date,
        1 as opening_customers
    from states

    union all

    select
        before.profile_id,
        before.mrr as opening_mrr,
        after.mrr as kept_mrr,
        greatest(before.year_after_from, after.from_date) as first_date,
        least(before.year_after_to, after.to_date) as end_date,
        0 as opening_customers
    from states as before
    inner join states as after
        on before.customer_id = after.customer_id
        and after.from_date < before.year_after_to
        and after.to_date > before.year_after_from

),

measured as (

    select
        bases.profile_id,
        bases.opening_customers,
        case when bases.opening_customers = 1 then bases.opening_mrr else 0 end as opening_mrr,
        bases.kept_mrr,
        least(bases.kept_mrr, bases.opening_mrr) as capped_mrr,
        case when bases.opening_customers = 1 then bases.opening_mrr * bases.opening_mrr else 0 end as opening_squares,
        bases.opening_mrr * bases.kept_mrr as opening_kept,
        bases.kept_mrr * bases.kept_mrr as kept_squares,
        bases.opening_mrr * least(bases.kept_mrr, bases.opening_mrr) as opening_capped,
        least(bases.kept_mrr, bases.opening_mrr) * least(bases.kept_mrr, bases.opening_mrr) as capped_squares,
        bases.first_date,
        bases.end_date
    from bases

),

-- A month is closed on the first day after it, so what holds from a day on is first closed by the day before's month.
edges as (
    {%- for edge, sign in [('first_date', 1), ('end_date', -1)] %}
    select
        {% for amount in amounts + squares -%}
        {{ sign }} * {{ amount }} as {{ amount }},
        {% endfor -%}
        {{ sign }} * opening_customers as opening_customers,
        profile_id,
        cast(date_trunc('month', {{ date_plus(edge, -1) }}) as date) as month
    from measured
    where {{ edge }} <= (select clock.as_of_date from clock)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

profile_edges as (

    select
        {% for amount in amounts + squares -%}
        sum({{ amount }}) as {{ amount }},
        {% endfor -%}
        sum(opening_customers) as opening_customers,
        profile_id,
        month
    from edges
    group by month, profile_id

),

breakdown_edges as (

    select
        {% for amount in amounts + squares -%}
        sum(profile_edges.{{ amount }}) as {{ amount }},
        {% endfor -%}
        sum(profile_edges.opening_customers) as opening_customers,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        profile_edges.month
    from profile_edges
    inner join {{ ref('int_churn_profiles') }} as profiles
        on profile_edges.profile_id = profiles.profile_id
    {{ group_by_breakdowns(['profile_edges.month'], dimensions) }}

),

cells as (

    select distinct
        months.month,
        breakdown_edges.dimension,
        breakdown_edges.dimension_value
    from breakdown_edges
    cross join months

),

running as (

    select
        {% for amount in amounts -%}
        cast(sum(breakdown_edges.{{ amount }}) over so_far as decimal(18, 4)) as {{ amount }},
        {% endfor -%}
        {% for square in squares -%}
        cast(sum(breakdown_edges.{{ square }}) over so_far as decimal(38, 8)) as {{ square }},
        {% endfor -%}
        cast(sum(breakdown_edges.opening_customers) over so_far as bigint) as opening_customers,
        cells.dimension,
        cells.dimension_value,
        cells.month
    from cells
    left join breakdown_edges
        on cells.month = breakdown_edges.month
        and cells.dimension = breakdown_edges.dimension
        and cells.dimension_value = breakdown_edges.dimension_value
    window so_far as (
        partition by cells.dimension, cells.dimension_value order by cells.month
        rows between unbounded preceding and current row
    )

)

select
    *,
    {{ share('kept_mrr', 'opening_mrr') }} as nrr,
    {{ share('capped_mrr', 'opening_mrr') }} as grr,
    {{ kept_ratio_standard_error('kept') }} as nrr_standard_error,
    {{ kept_ratio_standard_error('capped') }} as grr_standard_error
from running
where opening_customers > 0
