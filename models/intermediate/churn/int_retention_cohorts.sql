-- One row per start month and months since with what is left of the cohort on each customer's own anniversary
-- (METRICS §3.5, CLARIFICATIONS D60). A spell of state counts at its two ends only, so no customer has a row for a
-- month. Only cells whose every anniversary has come.
with

clock as (

    select as_of_date from {{ ref('int_build_clock') }}

),

members as (

    select
        customer_id,
        first_mrr,
        started_date,
        cast(date_trunc('month', started_date) as date) as cohort_month
    from {{ ref('int_paying_spells') }}
    where spell_number = 1

),

paid_states as (

    select
        members.cohort_month,
        members.started_date,
        members.first_mrr,
        states.mrr,
        states.from_date,
        least(states.to_date, {{ date_plus('clock.as_of_date', 1) }}) as to_date
    from {{ ref('int_customer_states') }} as states
    inner join members
        on states.customer_id = members.customer_id
    cross join clock
    where states.mrr > 0

),

-- A state holds a run of anniversaries: it counts from the first on or after its first day to the last before its
-- end, so it is added at the one and taken away after the other, and the sum so far is what is there.
edges as (

    select
        cohort_month,
        {{ first_anniversary('started_date', 'from_date') }} as months_since,
        1 as retained,
        mrr,
        least(mrr, first_mrr) as capped_mrr
    from paid_states

    union all

    select
        cohort_month,
        {{ first_anniversary('started_date', 'to_date') }} as months_since,
        -1 as retained,
        -mrr as mrr,
        -least(mrr, first_mrr) as capped_mrr
    from paid_states

),

edge_sums as (

    select
        cohort_month,
        months_since,
        sum(retained) as retained,
        sum(mrr) as mrr,
        sum(capped_mrr) as capped_mrr
    from edges
    group by cohort_month, months_since

),

cohorts as (

    select
        cohort_month,
        count(*) as cohort_size,
        sum(first_mrr) as first_mrr,
        max(started_date) as last_started_date
    from members
    group by cohort_month

),

cells as (

    select
        cohorts.cohort_month,
        cohorts.cohort_size,
        cohorts.first_mrr,
        whole_numbers.n as months_since
    from cohorts
    cross join clock
    inner join {{ whole_numbers(4) }} as whole_numbers
        on cast({{ dbt.dateadd('month', 'whole_numbers.n', 'cohorts.last_started_date') }} as date) <= clock.as_of_date

)

select
    cells.cohort_month,
    cast(cells.months_since as bigint) as months_since,
    cells.cohort_size,
    cast(coalesce(sum(edge_sums.retained) over so_far, 0) as bigint) as retained,
    cast(cells.first_mrr as decimal(18, 4)) as first_mrr,
    cast(coalesce(sum(edge_sums.mrr) over so_far, 0) as decimal(18, 4)) as mrr,
    cast(coalesce(sum(edge_sums.capped_mrr) over so_far, 0) as decimal(18, 4)) as capped_mrr
from cells
left join edge_sums
    on cells.cohort_month = edge_sums.cohort_month
    and cells.months_since = edge_sums.months_since
window so_far as (
    partition by cells.cohort_month order by cells.months_since
    rows between unbounded preceding and current row
)
