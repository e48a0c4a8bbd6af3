-- One row per ticket that began with a bot: how the conversation with the bot ended.
select
    ticket_id,
    customer_id,
    team,
    office,
    channel,
    priority,
    topic,
    segment,
    cast(outcome as {{ dbt.type_string() }}) as outcome,
    is_mature,
    is_recontacted,
    outcome = 'solved' and not is_recontacted as is_contained,
    ended_date,
    first_bot_reply_at,
    handed_off_at,
    ended_at
from {{ ref('int_bot_conversations') }}
