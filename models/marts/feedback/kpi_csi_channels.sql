-- One row per programme, period and group of channels: the satisfaction index there, and how much of all contacts it
-- has (METRICS §2.5.4).
with

channels as (

    select
        channels.*,
        {{ mean_low('csi', 'variance', 'base') }} as csi_low,
        {{ mean_high('csi', 'variance', 'base') }} as csi_high,
        {{ is_suppressed('base', ['programme', 'period_grain', 'period_start'], 'channel_group') }} as is_hidden
    from {{ ref('int_csi_channels') }} as channels
    where base > 0

)

select
    programme,
    period_grain,
    period_start,
    channel_group,
    base,
    contacts,
    cast(contact_share as double precision) as contact_share,
    cast(base_year_share as double precision) as base_year_share,
    cast(case when not is_hidden then csi end as double precision) as csi,
    cast(case when not is_hidden then standard_error end as double precision) as standard_error,
    cast(case when not is_hidden then csi_low end as double precision) as ci_low,
    cast(case when not is_hidden then csi_high end as double precision) as ci_high,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from channels
