-- One row per policy, SLA metric, priority and day the target came into force.
{{ judged_rows() }}
