-- One row per message of a ticket.
{{ judged_rows(
    parents=[{'relation': ref('stg_helpdesk__tickets'), 'key': 'ticket_id'}]
) }}
