-- One row per cancellation request.
{{ judged_rows() }}
