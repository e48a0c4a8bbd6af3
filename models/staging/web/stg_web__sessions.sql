-- One row per visit to the web site or the app.
{{ judged_rows() }}
