-- One row per churn event and competitor named for it, in the cancellation or in an exit survey; an event that left for
-- a competitor without a name has `unknown` (METRICS §3.9). Spellings differ in case and spaces only.
{%- set window_days = var('churn_grace_days') + 30 %}
with

churns as (

    select * from {{ ref('int_ended_spells') }}

),

named as (

    select
        customer_id,
        spell_number,
        {{ churn_reason_key('competitor') }} as competitor
    from churns
    where competitor is not null

    union

    select
        churns.customer_id,
        churns.spell_number,
        {{ churn_reason_key('answers.value') }} as competitor
    from churns
    inner join {{ ref('int_exit_answers') }} as answers
        on churns.customer_id = answers.customer_id
        and answers.metric = 'competitor'
        and answers.responded_date >= {{ date_plus('churns.churn_date', -window_days) }}
        and answers.responded_date <= {{ date_plus('churns.churn_date', 30) }}

),

unnamed as (

    select distinct
        evidence.customer_id,
        evidence.spell_number,
        'unknown' as competitor
    from {{ ref('int_churn_reason_evidence') }} as evidence
    left join named
        on evidence.customer_id = named.customer_id
        and evidence.spell_number = named.spell_number
    where
        evidence.reason = 'competitor_offer'
        and named.customer_id is null

)

select
    customer_id,
    spell_number,
    competitor
from named
where competitor <> ''

union all

select
    customer_id,
    spell_number,
    competitor
from unnamed
