-- One row per order. Money in another currency has no rate to be converted by (METRICS §13 rule 36).
{{ judged_rows(
    reasons=[
        ('no exchange rate: currency', "upper(typed.currency) <> upper('" ~ var('reporting_currency') ~ "')"),
    ]
) }}
