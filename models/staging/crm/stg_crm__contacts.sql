-- One row per contact person. Of an address only its letters count, not how they were typed (METRICS §13 rule 22).
{%- set address = "lower(" ~ seen_text('typed.email') ~ ")" %}
{{ judged_rows(
    columns={'email': address},
    repairs=[{
        'rule': '22', 'column': 'email', 'condition': address ~ ' <> typed.email', 'before': 'null', 'after': 'null',
    }],
) }}
