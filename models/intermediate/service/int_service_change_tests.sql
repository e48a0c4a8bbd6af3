-- One row per metric, period with one before it and breakdown: the p-value of the change of a median or a percentile,
-- which no standard error can test. Curves are compared by log-rank, what is not censored by Mann-Whitney (METRICS
-- §4.0).
{% for metric, wait in [
    ('frt_human_median', 'first_reply'),
    ('frt_human_p90', 'first_reply'),
    ('frt_any_median', 'any_reply'),
    ('next_reply_time', 'next_reply'),
    ('resolution_first', 'first_resolution'),
    ('resolution_full', 'full_resolution'),
] %}
select
    '{{ metric }}' as metric,
    'none' as programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    p_value
from {{ ref('int_response_time_changes') }}
where wait = '{{ wait }}'

union all

{% endfor %}
select
    metric,
    'none' as programme,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    p_value
from {{ ref('int_solved_ticket_time_changes') }}
