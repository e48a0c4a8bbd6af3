-- One row per public review. A rating without the end of its scale, or outside it, is rejected (METRICS §13
-- rule 46).
{{ judged_rows(
    reasons=[
        ('no scale: rating_max', "typed.rating is not null and typed.rating_max is null"),
        ('score outside its scale', "typed.rating not between 0 and typed.rating_max"),
    ]
) }}
