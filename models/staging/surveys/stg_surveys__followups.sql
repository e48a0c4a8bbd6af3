-- One row per follow-up of a response.
{{ judged_rows(
    parents=[{'relation': ref('stg_surveys__responses'), 'key': 'response_id'}]
) }}
