-- One row per issue: contacts of one customer on one topic that follow each other within issue_gap_days.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select
    customer_id,
    topic,
    issue_number,
    segment,
    contacts,
    channel_groups,
    is_switched,
    is_mature,
    started_date,
    started_at,
    ended_at
from {{ beside(ref('int_contact_issues')) }}
