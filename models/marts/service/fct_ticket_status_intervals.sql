-- One row per ticket and spell in one status; the last one is open and measured up to as_of.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    ticket_id,
    spell_number,
    status,
    started_at,
    ended_at,
    elapsed / cast(60000000 as double precision) as minutes,
    working / cast(60000000 as double precision) as business_minutes
from {{ beside(ref('int_ticket_status_spells')) }}
