-- One row per customer, the newest version delivered.
{{ judged_rows(spelled_with=['customer_history']) }}
