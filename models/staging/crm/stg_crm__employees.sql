-- One row per employee or automated actor.
{{ judged_rows() }}
