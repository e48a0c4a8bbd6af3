-- From creation to as_of every microsecond of a ticket with a history is in exactly one spell (METRICS §4.3).
{%- set life_minutes = 'max(' ~ elapsed_minutes('tickets.created_at', as_of()) ~ ')' %}
select
    spells.ticket_id,
    sum(spells.minutes) as minutes,
    {{ life_minutes }} as life_minutes
from {{ ref('fct_ticket_status_intervals') }} as spells
inner join {{ ref('fct_tickets') }} as tickets
    on spells.ticket_id = tickets.ticket_id
group by spells.ticket_id
having abs(sum(spells.minutes) - {{ life_minutes }}) > 0.001
