-- One row per ticket.
{{ judged_rows() }}
