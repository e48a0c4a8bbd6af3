-- One row per change of a subscription's price or state.
{{ judged_rows(
    parents=[{'relation': ref('stg_crm__subscriptions'), 'key': 'subscription_id'}],
    reasons=[('negative: mrr', "typed.mrr < 0")]
) }}
