-- One row per start cohort and breakdown that has customers: how many, how many left, and how long the longest was
-- followed (METRICS §3.6).
select
    {{ life_cell() | join(', ') }},
    cast(sum(entered) as bigint) as base,
    cast(sum(churned) as bigint) as churned,
    cast(sum(followed) as bigint) as followed,
    cast(sum(left_early) as bigint) as left_early,
    max(tenure_days) as longest_days
from {{ ref('int_life_days') }}
group by {{ life_cell() | join(', ') }}
