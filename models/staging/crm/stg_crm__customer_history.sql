-- One row per customer, attribute and day a value came into force.
{{ judged_rows(spelled_with=['customers']) }}
