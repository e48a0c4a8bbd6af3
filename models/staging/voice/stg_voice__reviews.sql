-- One row per public review.
{{ judged_rows() }}
