-- One row per survey.
{{ judged_rows() }}
