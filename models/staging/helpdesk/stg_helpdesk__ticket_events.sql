-- One row per change of a ticket field. A status the contract does not know says nothing about who waits.
{%- set statuses = ['new', 'open', 'pending', 'hold', 'solved', 'closed'] %}
{{ judged_rows(
    parents=[{'relation': ref('stg_helpdesk__tickets'), 'key': 'ticket_id'}],
    columns={
        'old_value': "case when typed.field = 'status' then lower(typed.old_value) else typed.old_value end",
        'new_value': "case when typed.field = 'status' then lower(typed.new_value) else typed.new_value end",
    },
    reasons=[(
        'outside its domain: new_value',
        "typed.field = 'status' and not " ~ is_among("coalesce(lower(typed.new_value), '')", statuses)
    )]
) }}
