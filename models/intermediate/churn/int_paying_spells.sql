-- One row per customer and relationship: paid service without a gap longer than the grace (METRICS §3.0).
-- ended_date is its first unpaid day; null while open at as_of.
with

spells as (

    select
        customer_id,
        spell_number,
        max(case when is_first_of_spell then mrr end) as first_mrr,
        max(case when is_last_of_spell then mrr end) as last_mrr,
        max(case when is_pause_expired then 1 else 0 end) = 1 as is_pause_expired,
        max(case when is_in_dunning_at_end then 1 else 0 end) = 1 as is_in_dunning_at_end,
        min(from_date) as started_date,
        nullif(max(to_date), date '9999-12-31') as ended_date
    from {{ ref('int_customer_states') }}
    group by customer_id, spell_number

)

select
    spells.customer_id,
    spells.spell_number,
    spells.first_mrr,
    spells.last_mrr,
    spells.is_pause_expired,
    spells.is_in_dunning_at_end,
    -- Until the grace has passed the customer may still renew (CLARIFICATIONS D55).
    coalesce(
        {{ start_of_reporting_date(date_plus('spells.ended_date', var('churn_grace_days'))) }} > clock.as_of, false
    ) as is_provisional,
    spells.started_date,
    spells.ended_date,
    lead(spells.started_date) over (
        partition by spells.customer_id order by spells.spell_number
    ) as next_started_date
from spells
cross join {{ ref('int_build_clock') }} as clock
