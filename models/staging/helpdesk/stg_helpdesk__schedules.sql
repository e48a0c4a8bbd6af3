-- One row per opening interval of a schedule's week. A row that breaks its schedule is rejected: the other
-- rows stand, and nothing stops (CLARIFICATIONS C3). Of two rows that overlap, the one that came into force
-- later goes, then the one that opens later.
{% set overlapping %}
    (
        select distinct
            later.schedule_id,
            later.weekday,
            later.opens_minute,
            later.closes_minute,
            coalesce(later.valid_from, date '1900-01-01') as valid_from
        from typed as later
        inner join typed as earlier
            on later.schedule_id = earlier.schedule_id
            and later.weekday = earlier.weekday
            and later.opens_minute < earlier.closes_minute
            and earlier.opens_minute < later.closes_minute
            and coalesce(later.valid_from, date '1900-01-01') < coalesce(earlier.valid_to, date '9999-12-31')
            and coalesce(earlier.valid_from, date '1900-01-01') < coalesce(later.valid_to, date '9999-12-31')
            and (
                coalesce(later.valid_from, date '1900-01-01') > coalesce(earlier.valid_from, date '1900-01-01')
                or (
                    coalesce(later.valid_from, date '1900-01-01') = coalesce(earlier.valid_from, date '1900-01-01')
                    and later.opens_minute > earlier.opens_minute
                )
            )
        inner join {{ known_time_zones() }} as zones
            on earlier.time_zone = zones.time_zone
        where earlier.weekday between 1 and 7
            and earlier.opens_minute between 0 and 1439
            and earlier.closes_minute between earlier.opens_minute + 1 and 1440
    )
{% endset %}
{{ judged_rows(
    lookups=[
        {'relation': known_time_zones(), 'as': 'known_zones', 'on': 'time_zone'},
        {'relation': overlapping, 'as': 'overlapping', 'on': 'schedule_id', 'also': "typed.weekday = overlapping.weekday
            and typed.opens_minute = overlapping.opens_minute
            and typed.closes_minute = overlapping.closes_minute
            and coalesce(typed.valid_from, date '1900-01-01') = overlapping.valid_from"},
    ],
    reasons=[
        ('unknown zone: time_zone', "known_zones.time_zone is null"),
        ('outside its domain: weekday', "typed.weekday not between 1 and 7"),
        ('outside its domain: opens_minute', "typed.opens_minute not between 0 and 1439"),
        ('outside its domain: closes_minute', "typed.closes_minute not between 1 and 1440"),
        ('closes before it opens: closes_minute', "typed.closes_minute <= typed.opens_minute"),
        ('overlaps another row: opens_minute', "overlapping.schedule_id is not null"),
    ]
) }}
