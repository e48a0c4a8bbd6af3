-- One row per survey.
{{ judged_rows(spelled_with=['responses', 'invitations']) }}
