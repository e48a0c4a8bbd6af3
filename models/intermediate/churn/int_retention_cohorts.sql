-- One row per start month and months since with what is left of the cohort on each customer's own anniversary
-- (METRICS §3.5, CLARIFICATIONS D60). Anniversaries are looked up in the spells of state that hold them, so no
-- customer has a row for a month it was not there. Only cells whose every anniversary has come.
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

anniversaries as (

    select
        paid_states.cohort_month,
        whole_numbers.n as months_since,
        paid_states.mrr,
        paid_states.first_mrr
    from paid_states
    inner join {{ whole_numbers(4) }} as whole_numbers
        on whole_numbers.n >= {{ dbt.datediff('paid_states.started_date', 'paid_states.from_date', 'month') }}
        and whole_numbers.n <= {{ dbt.datediff('paid_states.started_date', 'paid_states.to_date', 'month') }}
    where
        cast({{ dbt.dateadd('month', 'whole_numbers.n', 'paid_states.started_date') }} as date) >= paid_states.from_date
        and cast({{ dbt.dateadd('month', 'whole_numbers.n', 'paid_states.started_date') }} as date)
        < paid_states.to_date

),

retained as (

    select
        cohort_month,
        months_since,
        count(*) as retained,
        sum(mrr) as mrr,
        sum(least(mrr, first_mrr)) as capped_mrr
    from anniversaries
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
    coalesce(retained.retained, 0) as retained,
    cast(cells.first_mrr as decimal(18, 4)) as first_mrr,
    cast(coalesce(retained.mrr, 0) as decimal(18, 4)) as mrr,
    cast(coalesce(retained.capped_mrr, 0) as decimal(18, 4)) as capped_mrr
from cells
left join retained
    on cells.cohort_month = retained.cohort_month
    and cells.months_since = retained.months_since
