-- One row per churn event, source and reason. The primary reason is that of the strongest source: what the
-- customer said in an exit survey, then what the customer ticked, then what an agent coded, then what can be
-- inferred, else unknown (METRICS §3.9, CLARIFICATIONS D58). Every event has exactly one.
{%- set window_days = var('churn_grace_days') + 30 %}
with

churns as (

    select * from {{ ref('int_ended_spells') }}

),

exit_answers as (

    select * from {{ ref('int_exit_answers') }}
    where reason <> 'unknown'

),

-- The latest response puts the reason; what an earlier one said contributes.
surveyed as (

    select
        churns.customer_id,
        churns.spell_number,
        exit_answers.responded_at as evidence_at,
        exit_answers.reason,
        row_number() over (
            partition by churns.customer_id, churns.spell_number
            order by
                exit_answers.responded_at desc, exit_answers.response_id desc,
                exit_answers.answer_no asc, exit_answers.question_id asc
        ) as evidence_rank
    from churns
    inner join exit_answers
        on churns.customer_id = exit_answers.customer_id
        and exit_answers.responded_date >= {{ date_plus('churns.churn_date', -window_days) }}
        and exit_answers.responded_date <= {{ date_plus('churns.churn_date', 30) }}

),

stated as (

    select
        customer_id,
        spell_number,
        1 as source_rank,
        'exit_survey' as source,
        reason,
        evidence_at,
        evidence_rank
    from surveyed

    union all

    -- Nobody knows that the customer ticked what carries no recorder, so it is an agent's.
    select
        customer_id,
        spell_number,
        case when cancellation_recorded_by = 'customer' then 2 else 3 end as source_rank,
        case when cancellation_recorded_by = 'customer' then 'customer_form' else 'agent' end as source,
        cancellation_reason as reason,
        cancellation_requested_at as evidence_at,
        1 as evidence_rank
    from churns
    where
        cancellation_id is not null
        and cancellation_reason <> 'unknown'

),

-- Nothing is inferred where somebody said why.
inferred as (

    select
        inferences.customer_id,
        inferences.spell_number,
        4 as source_rank,
        'inferred' as source,
        inferences.reason,
        inferences.evidence_at,
        inferences.inference_rank as evidence_rank
    from {{ ref('int_churn_inferences') }} as inferences
    left join stated
        on inferences.customer_id = stated.customer_id
        and inferences.spell_number = stated.spell_number
    where stated.customer_id is null

),

evidence as (

    select * from stated

    union all

    select * from inferred

    union all

    select
        customer_id,
        spell_number,
        5 as source_rank,
        'unknown' as source,
        'unknown' as reason,
        cast(null as timestamp) as evidence_at,
        1 as evidence_rank
    from churns

),

distinct_evidence as (

    select
        customer_id,
        spell_number,
        source_rank,
        source,
        reason,
        max(evidence_at) as evidence_at,
        min(evidence_rank) as evidence_rank
    from evidence
    group by customer_id, spell_number, source_rank, source, reason

),

ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, spell_number order by source_rank, evidence_rank
        ) as strength
    from distinct_evidence

)

select
    ranked.customer_id,
    ranked.spell_number,
    ranked.source,
    ranked.reason,
    ranked.strength = 1 as is_primary,
    -- Evidence that late may be the answer to an offer (METRICS §3.9).
    coalesce({{ reporting_date('ranked.evidence_at') }} > {{ date_plus('churns.churn_date', 30) }}, false) as is_late,
    churns.churn_date,
    ranked.evidence_at
from ranked
inner join churns
    on ranked.customer_id = churns.customer_id
    and ranked.spell_number = churns.spell_number
-- Unknown is a reason only where nothing better is.
where ranked.source <> 'unknown' or ranked.strength = 1
