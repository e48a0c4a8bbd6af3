-- One row per question. A scale the metric itself defines is filled in; a scored question without one is
-- rejected, because the metric is never guessed from the answers (METRICS §2, family rules).
{{ judged_rows(
    columns={
        'scale_min': "coalesce(typed.scale_min, " ~ defined_scale('min') ~ ")",
        'scale_max': "coalesce(typed.scale_max, " ~ defined_scale('max') ~ ")",
    },
    reasons=[
        ('outside its domain: direction', "typed.direction not in (1, -1)"),
        (
            'no scale',
            "typed.metric in ('csat', 'csi', 'csi_importance')"
            ~ " and (typed.scale_min is null or typed.scale_max is null)"
        ),
        ('scale upside down', "typed.scale_min >= typed.scale_max"),
    ]
) }}
