-- One row per finding of a piece of qualitative research.
{{ judged_rows() }}
