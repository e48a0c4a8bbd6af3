-- One row per schedule and holiday.
{{ judged_rows() }}
