-- One row per public mention.
{{ judged_rows() }}
