-- One row per event of a web session. One whose session was not delivered stays, and counts for no session.
{{ judged_rows() }}
