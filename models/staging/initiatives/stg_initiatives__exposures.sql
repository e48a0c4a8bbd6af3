-- One row per initiative and unit. A unit in both arms can be compared with nobody: all of its rows are rejected
-- (METRICS §13 rule 49).
{% set two_arms %}
    (
        select initiative_id, unit_type, unit_id
        from typed
        where arm in ('treated', 'control') and exposed_from is not null
        group by initiative_id, unit_type, unit_id
        having count(distinct arm) = 2
    )
{% endset %}
{{ judged_rows(
    lookups=[
        {'relation': two_arms, 'as': 'two_arms', 'on': 'unit_id', 'also': "typed.initiative_id = two_arms.initiative_id
            and typed.unit_type = two_arms.unit_type"},
    ],
    reasons=[
        ('in both arms: arm', "two_arms.unit_id is not null"),
    ]
) }}
