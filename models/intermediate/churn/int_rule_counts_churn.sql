-- One row per rule of METRICS §13, action and table of contracts and orders that is counted here.
{{ config(access='protected') }}
{%- set window_days = var('churn_grace_days') + 30 %}
with

subscriptions as (

    select
        *,
        max(coalesce(ended_at, timestamp '9999-12-31')) over (
            partition by customer_id, product
            order by started_at, subscription_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_ended_at
    from {{ ref('stg_crm__subscriptions') }}

),

changes as (

    select
        changes.change_id,
        changes.mrr,
        coalesce(
            lag(changes.mrr) over (
                partition by changes.subscription_id
                order by changes.effective_at, changes.change_id
            ),
            subscriptions.mrr
        ) as mrr_before
    from {{ ref('stg_crm__subscription_changes') }} as changes
    inner join subscriptions
        on changes.subscription_id = subscriptions.subscription_id

),

priced_changes as (

    select
        change_id,
        abs(ln(cast(mrr as double precision) / cast(mrr_before as double precision))) as log_ratio
    from changes
    where mrr > 0 and mrr_before > 0

),

cancellations as (

    select * from {{ ref('stg_crm__cancellations') }}

),

reasons as (

    select
        cancellations.cancellation_id,
        churn_reasons.reason is null and churn_reason_values.reason is null as is_unmapped
    from cancellations
    left join {{ ref('churn_reasons') }} as churn_reasons
        on lower(cancellations.reason) = churn_reasons.reason
    left join {{ ref('churn_reason_values') }} as churn_reason_values
        on lower(cancellations.reason) = churn_reason_values.raw_value
    where cancellations.reason is not null

),

past_cancellations as (

    select
        cancellation_id,
        customer_id,
        coalesce(effective_at, requested_at) as cancelled_at
    from cancellations
    where coalesce(effective_at, requested_at) <= {{ dbt.dateadd('day', -window_days, as_of()) }}

),

kept_cancellations as (

    select
        past_cancellations.cancellation_id,
        count(subscriptions.subscription_id) = 0 as has_no_end
    from past_cancellations
    left join subscriptions
        on past_cancellations.customer_id = subscriptions.customer_id
        and subscriptions.ended_at between {{ dbt.dateadd('day', -window_days, 'past_cancellations.cancelled_at') }}
        and {{ dbt.dateadd('day', window_days, 'past_cancellations.cancelled_at') }}
    group by past_cancellations.cancellation_id

),

touchpoints as (

    select
        touchpoints.touchpoint_id,
        customers.customer_id is null as is_unknown
    from {{ ref('stg_crm__touchpoints') }} as touchpoints
    left join {{ ref('stg_crm__customers') }} as customers
        on touchpoints.customer_id = customers.customer_id
    where touchpoints.customer_id is not null

),

raw_orders as (

    select * from {{ raw_moments('crm', 'orders', 'order_id', 'ordered_at') }} as moments

),

raw_cancellations as (

    select * from {{ raw_moments('crm', 'cancellations', 'cancellation_id', 'requested_at') }} as moments

),

counts as (

    {{ rule_count('3', 'warn', 'crm.touchpoints', 'touchpoints', 'touchpoint_id', 'is_unknown') }}
    union all
    {{ rule_count('5', 'repair', 'crm.orders', 'raw_orders', 'row_key', is_day('moment')) }}
    union all
    {{ rule_count('5', 'repair', 'crm.cancellations', 'raw_cancellations', 'row_key', is_day('moment')) }}
    union all
    {{ rule_count('20', 'repair', 'crm.cancellations', 'cancellations', 'cancellation_id', was_masked('reason_text')) }}
    union all
    {{ rule_count('23', 'warn', 'crm.cancellations', 'reasons', 'cancellation_id', 'is_unmapped') }}
    union all
    {{ rule_count('32', 'repair', 'crm.subscriptions', 'subscriptions', 'subscription_id', 'mrr = 0') }}
    union all
    {{ rule_count(
        '33', 'warn', 'crm.subscriptions', 'subscriptions', 'subscription_id',
        'product is not null and started_at < earlier_ended_at'
    ) }}
    union all
    {{ rule_count(
        '34', 'warn', 'crm.subscriptions', 'subscriptions', 'subscription_id',
        "ended_at is null and lower(status) in ('cancelled', 'canceled', 'expired')"
    ) }}
    union all
    {{ rule_count('35', 'warn', 'crm.subscription_changes', 'priced_changes', 'change_id', 'log_ratio > 2') }}
    union all
    {{ rule_count('38', 'warn', 'crm.cancellations', 'kept_cancellations', 'cancellation_id', 'has_no_end') }}
    union all
    {{ rule_count(
        '39', 'warn', 'crm.cancellations', 'cancellations', 'cancellation_id',
        'reason is null and reason_text is not null'
    ) }}

)

select * from counts
