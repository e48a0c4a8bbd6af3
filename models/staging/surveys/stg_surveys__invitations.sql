-- One row per invitation.
{{ judged_rows(spelled_with=['surveys', 'responses']) }}
