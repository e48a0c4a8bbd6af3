-- One row per contact person.
{{ judged_rows() }}
