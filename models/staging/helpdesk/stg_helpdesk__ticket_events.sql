-- One row per change of a ticket field.
{{ judged_rows(
    parents=[{'relation': ref('stg_helpdesk__tickets'), 'key': 'ticket_id'}]
) }}
