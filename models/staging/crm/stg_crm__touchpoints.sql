-- One row per contact between the company and a customer.
{{ judged_rows() }}
