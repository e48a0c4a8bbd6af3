-- One row per subscription. One that ends before it starts, or has a negative price, is rejected (METRICS §13
-- rule 32); a price of 0 is kept as unpaid. Money in another currency has no rate to be converted by (rule 36).
{{ judged_rows(
    reasons=[
        ('ends before it starts: ended_at', "typed.ended_at < typed.started_at"),
        ('negative: mrr', "typed.mrr < 0"),
        ('no exchange rate: currency', "upper(typed.currency) <> upper('" ~ var('reporting_currency') ~ "')"),
    ]
) }}
