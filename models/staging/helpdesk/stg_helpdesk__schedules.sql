-- One row per opening interval of a schedule's week. A row that breaks its schedule is rejected: the other
-- rows stand, and nothing stops (CLARIFICATIONS C3).
{{ judged_rows(
    lookups=[{'relation': known_time_zones(), 'as': 'known_zones', 'on': 'time_zone'}],
    reasons=[
        ('unknown zone: time_zone', "known_zones.time_zone is null"),
        ('outside its domain: weekday', "typed.weekday not between 1 and 7"),
        ('outside its domain: opens_minute', "typed.opens_minute not between 0 and 1439"),
        ('outside its domain: closes_minute', "typed.closes_minute not between 1 and 1440"),
        ('closes before it opens: closes_minute', "typed.closes_minute <= typed.opens_minute"),
    ]
) }}
