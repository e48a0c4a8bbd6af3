-- One row per churn event: a relationship that has ended at as_of, with the cancellation that speaks of it, if
-- one does, and the customer as of the day before (METRICS §3.0, §3.3; CLARIFICATIONS D55 to D57).
{%- set evidence_window_days = var('churn_grace_days') + 30 %}
with

ended as (

    select *
    from {{ ref('int_paying_spells') }}
    where ended_date is not null

),

last_states as (

    select *
    from {{ ref('int_customer_state_profiles') }}
    where to_date = spell_ended_date

),

cancellations as (

    select
        cancellation_id,
        customer_id,
        initiator,
        recorded_by,
        {{ churn_reason_key('reason') }} as reason_key,
        competitor,
        requested_at,
        {{ reporting_date('coalesce(effective_at, requested_at)') }} as effective_date
    from {{ ref('stg_crm__cancellations') }}

),

reasons as (

    select * from {{ ref('int_churn_reason_keys') }}

),

matched as (

    select
        ended.customer_id,
        ended.spell_number,
        cancellations.cancellation_id,
        cancellations.initiator,
        cancellations.recorded_by,
        cancellations.competitor,
        cancellations.requested_at,
        coalesce(reasons.reason, 'unknown') as reason,
        row_number() over (
            partition by ended.customer_id, ended.spell_number
            order by
                abs({{ dbt.datediff('ended.ended_date', 'cancellations.effective_date', 'day') }}) asc,
                cancellations.requested_at desc,
                cancellations.cancellation_id desc
        ) as nearness
    from ended
    inner join cancellations
        on ended.customer_id = cancellations.customer_id
        and abs({{ dbt.datediff('ended.ended_date', 'cancellations.effective_date', 'day') }})
        <= {{ evidence_window_days }}
    left join reasons
        on cancellations.reason_key = reasons.reason_key

)

select
    ended.customer_id,
    ended.spell_number,
    last_states.profile_id,
    matched.cancellation_id,
    matched.recorded_by as cancellation_recorded_by,
    matched.reason as cancellation_reason,
    matched.competitor,
    case
        when ended.is_pause_expired then 'pause_expired'
        when matched.cancellation_id is null and ended.is_in_dunning_at_end then 'involuntary'
        when matched.cancellation_id is null then 'unknown'
        when matched.initiator in ('payment_system', 'company') then 'involuntary'
        when matched.reason in ('business_closed', 'moved') then 'unavoidable'
        when matched.initiator = 'customer' then 'voluntary'
        else 'unknown'
    end as churn_type,
    {{ tenure_band('ended.started_date', date_plus('ended.ended_date', -1)) }} as tenure_band,
    ended.last_mrr as mrr_lost,
    cast({{ dbt.datediff('ended.started_date', 'ended.ended_date', 'day') }} as bigint) as tenure_days,
    ended.is_provisional,
    ended.started_date,
    ended.ended_date as churn_date,
    ended.next_started_date,
    matched.requested_at as cancellation_requested_at
from ended
inner join last_states
    on ended.customer_id = last_states.customer_id
    and ended.spell_number = last_states.spell_number
left join matched
    on ended.customer_id = matched.customer_id
    and ended.spell_number = matched.spell_number
    and matched.nearness = 1
