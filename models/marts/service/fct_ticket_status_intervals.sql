-- One row per ticket and spell in one status; the last one is open and measured up to as_of.
select
    ticket_id,
    spell_number,
    status,
    started_at,
    ended_at,
    elapsed / cast(60000000 as double precision) as minutes,
    working / cast(60000000 as double precision) as business_minutes
from {{ ref('int_ticket_status_spells') }}
