-- One row per text that says why a customer left, or what it had trouble with, in no word of the value map: what the
-- dictionary of reasons has to read (METRICS §13 rule 39). Only of churns, and tickets only by their topic.
{%- set text_type = dbt.type_string() %}
with

churns as (

    select * from {{ ref('int_ended_spells') }}

),

cancellation_texts as (

    select
        'cancellation:' || churns.cancellation_id as text_id,
        coalesce(cancellations.reason, '') || ' ' || coalesce(cancellations.reason_text, '') as text
    from churns
    inner join {{ ref('stg_crm__cancellations') }} as cancellations
        on churns.cancellation_id = cancellations.cancellation_id
    where churns.cancellation_reason = 'unknown'

),

answer_texts as (

    select
        'answer:' || response_id || '#' || question_id || '#' || cast(answer_no as {{ text_type }}) as text_id,
        value as text
    from {{ ref('int_exit_answers') }}
    where reason = 'unknown'

),

topics as (

    select distinct
        'topic:' || topic as text_id,
        topic as text
    from {{ ref('fct_tickets') }}
    where topic is not null

),

texts as (

    select * from cancellation_texts
    union
    select * from answer_texts
    union
    select * from topics

)

select
    text_id,
    {{ folded("replace(text, '_', ' ')") }} as folded_text
from texts
