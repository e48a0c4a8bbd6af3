-- One row per initiative to improve something.
{{ judged_rows() }}
