-- From creation to as_of every microsecond of a ticket with a history is in exactly one spell (METRICS §4.3).
select
    spells.ticket_id,
    sum(spells.minutes) as minutes,
    max({{ elapsed_minutes('tickets.created_at', as_of()) }}) as life_minutes
from {{ ref('fct_ticket_status_intervals') }} as spells
inner join {{ ref('fct_tickets') }} as tickets
    on spells.ticket_id = tickets.ticket_id
where tickets.created_at <= {{ as_of() }}
group by spells.ticket_id
having abs(sum(spells.minutes) - max({{ elapsed_minutes('tickets.created_at', as_of()) }})) > 0.001
