-- One row per metric code: what it is called, how it is counted, who answers for it, what it should be, and in which
-- money.
with

metrics as (

    select * from {{ ref('metrics') }}

),

-- A metric measured in several programmes has one target each; the card shows the first by programme.
targets as (

    select
        metric,
        target,
        row_number() over (partition by metric order by programme) as target_number
    from {{ ref('metric_targets') }}

)

select
    metrics.metric,
    metrics.name,
    metrics.family,
    metrics.unit,
    case when metrics.unit = 'money' then upper('{{ var('reporting_currency') }}') end as currency,
    metrics.direction,
    metrics.formula,
    metrics.base,
    metrics.time_attribution,
    metrics.interval_kind,
    metrics.test_kind,
    metrics.section,
    metrics.owner,
    metrics.practical_delta,
    targets.target
from metrics
left join targets
    on metrics.metric = targets.metric
    and targets.target_number = 1
