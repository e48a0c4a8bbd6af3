-- One row per customer and spell of local days in one state, paying one amount or paused, over all of the
-- customer's subscriptions; states whose gaps are within the grace are one relationship, `spell_number`
-- (METRICS §3.0, CLARIFICATIONS D51). Built from change points: nothing here depends on how many days pass.
-- to_date 9999-12-31 is still open at as_of.
with

terms as (

    select * from {{ ref('int_subscription_terms') }}

),

changes as (

    select
        customer_id,
        from_date as change_date,
        mrr as mrr_change,
        case when is_paused then 0 else 1 end as paying_change,
        case when is_paused then 1 else 0 end as paused_change,
        0 as expired,
        0 as in_dunning
    from terms

    union all

    select
        customer_id,
        to_date as change_date,
        -mrr as mrr_change,
        case when is_paused then 0 else -1 end as paying_change,
        case when is_paused then -1 else 0 end as paused_change,
        case when is_expired then 1 else 0 end as expired,
        case when is_in_dunning then 1 else 0 end as in_dunning
    from terms
    where to_date < date '9999-12-31'

),

change_points as (

    select
        customer_id,
        change_date,
        sum(mrr_change) as mrr_change,
        sum(paying_change) as paying_change,
        sum(paused_change) as paused_change,
        sum(expired) as expired,
        sum(in_dunning) as in_dunning
    from changes
    group by customer_id, change_date

),

running as (

    select
        customer_id,
        change_date as from_date,
        lead(change_date, 1, date '9999-12-31') over by_day as to_date,
        sum(mrr_change) over by_day as mrr,
        sum(paying_change) over by_day as paying,
        sum(paused_change) over by_day as paused,
        coalesce(lead(expired) over by_day, 0) > 0 as is_expiry_at_end,
        coalesce(lead(in_dunning) over by_day, 0) > 0 as is_in_dunning_at_end
    from change_points
    window by_day as (partition by customer_id order by change_date)

),

-- Nothing is in force in a gap, so a gap is one row: one longer than the grace parts what is before and after it.
islands as (

    select
        customer_id,
        from_date,
        to_date,
        cast(mrr as decimal(18, 4)) as mrr,
        paying + paused as terms_in_force,
        paying = 0 as is_paused,
        is_expiry_at_end,
        is_in_dunning_at_end,
        sum(
            case
                when paying + paused = 0 and to_date > {{ date_plus('from_date', var('churn_grace_days')) }} then 1
                else 0
            end
        ) over (partition by customer_id order by from_date) as island
    from running

),

-- Within an island the last state is carried over a gap, so that no month end in it shows a false churn. A
-- relationship begins with its first paid day: a pause before anything was paid is none.
carried as (

    select
        *,
        lead(from_date, 1, to_date) over by_day as carried_to_date,
        lead(from_date) over by_day is null as is_last_of_spell,
        sum(case when is_paused then 0 else 1 end) over by_day as paid_so_far
    from islands
    where terms_in_force > 0
    window by_day as (partition by customer_id, island order by from_date)

),

paid as (

    select
        *,
        paid_so_far = 1 and not is_paused as is_first_of_spell,
        sum(case when paid_so_far = 1 and not is_paused then 1 else 0 end) over (
            partition by customer_id order by from_date
        ) as spell_number
    from carried
    where paid_so_far > 0

),

in_force as (

    select
        paid.*,
        terms.subscription_id,
        terms.product,
        terms.plan,
        terms.mrr as term_mrr
    from paid
    inner join terms
        on paid.customer_id = terms.customer_id
        and paid.from_date >= terms.from_date
        and paid.from_date < terms.to_date

),

-- The plan of a customer with several subscriptions is that of the dearest one in force.
dearest as (

    select
        *,
        1 as weight_rank
    from in_force
    where terms_in_force = 1

    union all

    select
        *,
        row_number() over (
            partition by customer_id, from_date order by term_mrr desc, subscription_id asc
        ) as weight_rank
    from in_force
    where terms_in_force > 1

)

select
    customer_id,
    cast(spell_number as bigint) as spell_number,
    product,
    plan,
    mrr,
    is_paused,
    is_first_of_spell,
    is_last_of_spell,
    is_last_of_spell and is_paused and is_expiry_at_end as is_pause_expired,
    is_last_of_spell and is_in_dunning_at_end as is_in_dunning_at_end,
    from_date,
    carried_to_date as to_date
from dearest
where weight_rank = 1
