-- One row per month, breakdown and movement: MRR that moved, by the customer at the month's opening, or at its
-- closing where it was not there before (METRICS §3.2).
{%- set dimensions = churn_dimensions() %}
with

cells as (

    select
        period_start as month,
        profile_id,
        tenure_band,
        movement,
        count(*) as customers,
        sum(abs(closing_mrr - opening_mrr)) as moved_mrr,
        sum((closing_mrr - opening_mrr) * (closing_mrr - opening_mrr)) as moved_squares
    from {{ ref('int_customer_period_changes') }}
    where
        period_grain = 'month'
        and movement is not null
    group by period_start, profile_id, tenure_band, movement

    union all

    select
        period_start as month,
        profile_id,
        tenure_band,
        'retained' as movement,
        paying_customers as customers,
        0 as moved_mrr,
        0 as moved_squares
    from {{ ref('int_steady_cells') }}
    where
        period_grain = 'month'
        and paying_customers > 0
        and has_begun

),

described as (

    select
        cells.month,
        cells.movement,
        cells.tenure_band,
        cells.customers,
        cells.moved_mrr,
        cells.moved_squares,
        profiles.segment,
        profiles.persona,
        profiles.region,
        profiles.country,
        profiles.plan,
        profiles.product,
        profiles.acquisition_channel
    from cells
    inner join {{ ref('int_churn_profiles') }} as profiles
        on cells.profile_id = profiles.profile_id

)

select
    month,
    {{ breakdown_dimension(dimensions) }} as dimension,
    {{ breakdown_value(dimensions) }} as dimension_value,
    movement,
    cast(sum(customers) as bigint) as customers,
    cast(sum(moved_mrr) as decimal(18, 4)) as moved_mrr,
    cast(sum(moved_squares) as double precision) as moved_squares
from described
{{ group_by_breakdowns(['month', 'movement'], dimensions) }}
