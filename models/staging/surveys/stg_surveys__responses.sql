-- One row per response. One dated up to five minutes before its invitation was sent is moved to the sending
-- (clocks differ); an earlier one is rejected (METRICS §13 rule 16, CLARIFICATIONS D21).
{{ judged_rows(
    spelled_with=['surveys', 'invitations'],
    lookups=[{'relation': ref('stg_surveys__invitations'), 'as': 'invitations', 'on': 'invitation_id'}],
    columns={
        'responded_at': "case when typed.responded_at < invitations.sent_at then invitations.sent_at"
            ~ " else typed.responded_at end",
    },
    reasons=[
        (
            'before its invitation: responded_at',
            "typed.responded_at < " ~ dbt.dateadd('minute', -5, 'invitations.sent_at')
        ),
    ],
    repairs=[{
        'rule': '16', 'column': 'responded_at',
        'condition': 'typed.responded_at < invitations.sent_at',
        'before': 'typed.responded_at', 'after': 'invitations.sent_at',
    }]
) }}
