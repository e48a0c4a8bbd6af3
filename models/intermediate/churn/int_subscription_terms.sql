-- One row per subscription and spell of local days at one price, or paused (METRICS §3.0, CLARIFICATIONS D50).
-- Only what is in force is here: a price of 0 is unpaid, a pause counts up to pause_max_days, and nothing later
-- than as_of has happened yet, so an end after it is open (9999-12-31).
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

test_customers as (

    select customer_id
    from {{ ref('stg_crm__customers') }}
    where is_test

),

subscriptions as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        coalesce(subscriptions.product, 'unknown') as product,
        coalesce(subscriptions.plan, 'unknown') as plan,
        subscriptions.mrr,
        coalesce({{ churn_reason_key('subscriptions.status') }} in ('past_due', 'unpaid'), false) as is_in_dunning,
        {{ reporting_date('subscriptions.started_at') }} as started_date,
        coalesce({{ reporting_date('subscriptions.ended_at') }}, date '9999-12-31') as ended_date
    from {{ ref('stg_crm__subscriptions') }} as subscriptions
    left join test_customers
        on subscriptions.customer_id = test_customers.customer_id
    where test_customers.customer_id is null

),

begun as (

    select
        subscriptions.subscription_id,
        subscriptions.customer_id,
        subscriptions.product,
        subscriptions.plan,
        subscriptions.mrr,
        subscriptions.is_in_dunning,
        subscriptions.started_date,
        clock.as_of_date,
        case
            when subscriptions.ended_date <= clock.as_of_date then subscriptions.ended_date
            else date '9999-12-31'
        end as ended_date
    from subscriptions
    cross join clock
    where
        subscriptions.started_date <= clock.as_of_date
        and subscriptions.started_date < subscriptions.ended_date

),

-- The change log is authoritative: what it says on or before the first day replaces the starting price.
prices as (

    select
        subscription_id,
        started_date as from_date,
        mrr,
        0 as pause_mark,
        0 as precedence,
        cast(null as timestamp) as effective_at,
        cast(null as {{ dbt.type_string() }}) as change_id
    from begun

    union all

    select
        changes.subscription_id,
        greatest({{ reporting_date('changes.effective_at') }}, begun.started_date) as from_date,
        case when changes.kind = 'pause' then cast(0 as decimal(18, 4)) else changes.mrr end as mrr,
        case
            when changes.kind = 'pause' then 1
            when changes.kind = 'resume' or changes.mrr > 0 then 0
        end as pause_mark,
        1 as precedence,
        changes.effective_at,
        changes.change_id
    from {{ ref('stg_crm__subscription_changes') }} as changes
    inner join begun
        on changes.subscription_id = begun.subscription_id
    where
        {{ reporting_date('changes.effective_at') }} < begun.ended_date
        and {{ reporting_date('changes.effective_at') }} <= begun.as_of_date

),

-- A pause lasts until something is paid again or it is called off: a price of 0 within it changes nothing.
marked as (

    select
        *,
        count(pause_mark) over (
            partition by subscription_id
            order by from_date, precedence, effective_at nulls first, change_id nulls first
            rows between unbounded preceding and current row
        ) as marks,
        -- The last of a day holds.
        coalesce(lead(from_date) over (
            partition by subscription_id
            order by from_date, precedence, effective_at nulls first, change_id nulls first
        ) > from_date, true) as is_last_of_day
    from prices

),

ranked as (

    select
        *,
        max(pause_mark) over (partition by subscription_id, marks) = 1 as is_paused
    from marked

),

daily as (

    select
        subscription_id,
        from_date,
        mrr,
        is_paused,
        coalesce(lag(is_paused) over (partition by subscription_id order by from_date), false) as was_paused
    from ranked
    where is_last_of_day

),

-- A pause announced twice is one pause, as old as its first day.
spells as (

    select
        daily.subscription_id,
        begun.customer_id,
        begun.product,
        begun.plan,
        begun.is_in_dunning,
        begun.as_of_date,
        daily.mrr,
        daily.is_paused,
        daily.from_date,
        lead(daily.from_date, 1, begun.ended_date) over (
            partition by daily.subscription_id order by daily.from_date
        ) as to_date,
        {{ date_plus('daily.from_date', var('pause_max_days')) }} as expiry_date
    from daily
    inner join begun
        on daily.subscription_id = begun.subscription_id
    where not (daily.is_paused and daily.was_paused)

)

select
    subscription_id,
    customer_id,
    product,
    plan,
    mrr,
    is_paused,
    is_in_dunning,
    is_paused and expiry_date < to_date and expiry_date <= as_of_date as is_expired,
    from_date,
    case
        when is_paused and expiry_date < to_date and expiry_date <= as_of_date then expiry_date
        else to_date
    end as to_date
from spells
where mrr > 0 or is_paused
