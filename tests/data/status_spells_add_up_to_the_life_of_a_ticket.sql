-- From creation to as_of every microsecond of a ticket with a history is in exactly one spell (METRICS §4.3). A
-- change up to a day after as_of is accepted (§13 rule 8), and the life then lasts to it.
{%- set ends_at = 'greatest(' ~ as_of() ~ ', spells.started_at)' %}
{%- set life_minutes = 'max(' ~ elapsed_minutes('tickets.created_at', ends_at) ~ ')' %}
select
    spells.ticket_id,
    sum(spells.minutes) as minutes,
    {{ life_minutes }} as life_minutes
from {{ ref('fct_ticket_status_intervals') }} as spells
inner join {{ ref('fct_tickets') }} as tickets
    on spells.ticket_id = tickets.ticket_id
where tickets.created_at <= {{ as_of() }}
group by spells.ticket_id
having abs(sum(spells.minutes) - {{ life_minutes }}) > 0.001
