-- One row per invitation.
{{ judged_rows() }}
