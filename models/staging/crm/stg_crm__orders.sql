-- One row per order.
{{ judged_rows() }}
