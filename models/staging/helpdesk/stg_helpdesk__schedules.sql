-- One row per opening interval of a schedule's week. A row that breaks its schedule is rejected: the other
-- rows stand, and nothing stops (CLARIFICATIONS C3). Rows of a weekday are taken in the order in which they came
-- into force, then in which they open; one that overlaps a row taken before it goes, and then takes no other
-- row with it.
{% set overlapping %}
    (
        with recursive

        -- Rows that stand by themselves, the one version of each key that will be accepted.
        versions as (

            select
                typed.schedule_id,
                typed.weekday,
                typed.opens_minute,
                typed.closes_minute,
                coalesce(typed.valid_from, date '1900-01-01') as valid_from,
                coalesce(typed.valid_to, date '9999-12-31') as valid_to,
                row_number() over (
                    partition by typed.schedule_id, typed.weekday, typed.opens_minute, typed.valid_from
                    order by
                        typed.time_zone desc nulls last, typed.closes_minute desc nulls last,
                        typed.valid_to desc nulls last
                ) as version_rank
            from typed
            inner join {{ known_time_zones() }} as zones
                on typed.time_zone = zones.time_zone
            where
                typed.weekday between 1 and 7
                and typed.opens_minute between 0 and 1439
                and typed.closes_minute between typed.opens_minute + 1 and 1440

        ),

        numbered as (

            select
                *,
                row_number() over (
                    partition by schedule_id, weekday order by valid_from, opens_minute
                ) as row_order
            from versions
            where version_rank = 1

        ),

        -- The later rows that one row takes with it if it stands, as a list ',3,,5,'.
        clashes as (

            select
                earlier.schedule_id,
                earlier.weekday,
                earlier.row_order,
                string_agg(',' || cast(later.row_order as text) || ',', '') as later_rows
            from numbered as earlier
            inner join numbered as later
                on earlier.schedule_id = later.schedule_id
                and earlier.weekday = later.weekday
                and earlier.row_order < later.row_order
                and earlier.opens_minute < later.closes_minute
                and later.opens_minute < earlier.closes_minute
                and earlier.valid_from < later.valid_to
                and later.valid_from < earlier.valid_to
            group by earlier.schedule_id, earlier.weekday, earlier.row_order

        ),

        walk as (

            select
                schedule_id,
                weekday,
                cast(0 as bigint) as row_order,
                cast('' as text) as refused_rows
            from numbered
            where row_order = 1

            union all

            select
                walk.schedule_id,
                walk.weekday,
                numbered.row_order,
                case
                    when position(',' || cast(numbered.row_order as text) || ',' in walk.refused_rows) > 0
                        then walk.refused_rows
                    else walk.refused_rows || coalesce(clashes.later_rows, '')
                end as refused_rows
            from walk
            inner join numbered
                on walk.schedule_id = numbered.schedule_id
                and walk.weekday = numbered.weekday
                and walk.row_order + 1 = numbered.row_order
            left join clashes
                on numbered.schedule_id = clashes.schedule_id
                and numbered.weekday = clashes.weekday
                and numbered.row_order = clashes.row_order

        )

        select
            numbered.schedule_id,
            numbered.weekday,
            numbered.opens_minute,
            numbered.closes_minute,
            numbered.valid_from
        from numbered
        inner join walk
            on numbered.schedule_id = walk.schedule_id
            and numbered.weekday = walk.weekday
            and numbered.row_order = walk.row_order
        where position(',' || cast(numbered.row_order as text) || ',' in walk.refused_rows) > 0
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
