-- One row per ticket that was ever solved, with what became of its first solution (METRICS §4.5).
with

tickets as (

    select * from {{ ref('int_tickets_measured') }}

),

-- The next ticket of the same customer on the same topic; no topic is a topic of its own, `unknown`.
contacts as (

    select
        ticket_id,
        customer_id,
        coalesce(topic, 'unknown') as topic,
        created_at
    from tickets
    where customer_id is not null

),

recontacted as (

    select distinct solved.ticket_id
    from tickets as solved
    inner join contacts
        on solved.customer_id = contacts.customer_id
        and coalesce(solved.topic, 'unknown') = contacts.topic
        and contacts.ticket_id <> solved.ticket_id
        and contacts.created_at > solved.first_solved_at
        and contacts.created_at <= {{ dbt.dateadd('day', var('fcr_window_days'), 'solved.first_solved_at') }}

),

-- A ticket that began as solved was reopened before its first solution; only what came after one undoes it.
reopened as (

    select
        solved.ticket_id,
        min(spells.started_at) as reopened_at
    from tickets as solved
    inner join {{ ref('int_ticket_status_spells') }} as spells
        on solved.ticket_id = spells.ticket_id
    where
        spells.is_reopening
        and spells.started_at >= solved.first_solved_at
    group by solved.ticket_id

)

select
    tickets.ticket_id,
    coalesce(tickets.team, 'unknown') as team,
    coalesce(tickets.office, 'unknown') as office,
    coalesce(tickets.channel, 'unknown') as channel,
    coalesce(tickets.priority, 'unknown') as priority,
    coalesce(tickets.topic, 'unknown') as topic,
    tickets.segment,
    {{ reporting_date('tickets.first_solved_at') }} as solved_date,
    {{ dbt.dateadd('day', var('fcr_window_days'), 'tickets.first_solved_at') }} <= tickets.as_of as is_contact_mature,
    {{ dbt.dateadd('day', var('reopen_window_days'), 'tickets.first_solved_at') }} <= tickets.as_of as is_reopen_mature,
    coalesce(
        reopened.reopened_at
        <= {{ dbt.dateadd('day', var('fcr_window_days'), 'tickets.first_solved_at') }}, false
    )
        as is_reopened_early,
    coalesce(
        reopened.reopened_at
        <= {{ dbt.dateadd('day', var('reopen_window_days'), 'tickets.first_solved_at') }}, false
    )
        as is_reopened,
    recontacted.ticket_id is not null as is_recontacted,
    tickets.human_replies = 1 as has_one_reply,
    tickets.human_replies = 0 as has_no_reply
from tickets
left join recontacted
    on tickets.ticket_id = recontacted.ticket_id
left join reopened
    on tickets.ticket_id = reopened.ticket_id
where tickets.first_solved_at is not null
