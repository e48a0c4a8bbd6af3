-- One row per programme and period with an index and contacts: the index over channels by the contacts of the period
-- and by those of the base year, and what of the change since the period before came from the channels and what from
-- their mix (METRICS §2.5.4, §2.5.5). A channel with contacts and without an index borrows nothing: the roll-up that
-- needs it is null.
with

channels as (

    select
        channels.*,
        {{ previous_period_start('period_grain', 'period_start') }} as previous_start
    from {{ ref('int_csi_channels') }} as channels

),

compared as (

    select
        channels.*,
        before.csi as previous_csi,
        before.contact_share as previous_share
    from channels
    left join channels as before
        on channels.programme = before.programme
        and channels.period_grain = before.period_grain
        and channels.previous_start = before.period_start
        and channels.channel_group = before.channel_group

),

-- Products of a share that is 0 are 0, whatever is not known of the other factor.
parts as (

    select
        compared.*,
        {%- for name, share, factor in [
            ('current_part', 'contact_share', 'csi'),
            ('fixed_part', 'base_year_share', 'csi'),
            ('previous_part', 'previous_share', 'previous_csi'),
            ('current_error', 'contact_share * contact_share', 'standard_error * standard_error'),
            ('fixed_error', 'base_year_share * base_year_share', 'standard_error * standard_error'),
            ('rate_part', 'previous_share', '(csi - previous_csi)'),
            ('mix_part', '(contact_share - previous_share)', 'previous_csi'),
            ('interaction_part', '(contact_share - previous_share)', '(csi - previous_csi)'),
        ] %}
        case when {{ share }} = 0 then 0 else {{ share }} * {{ factor }} end as {{ name }},
        {%- endfor %}
        case when contact_share > 0 then base end as current_component,
        case when base_year_share > 0 then base end as fixed_component,
        case when base > 0 and (contact_share > 0 or base_year_share > 0) then base end as measured_component
    from compared

),

summed as (

    select
        programme,
        period_grain,
        period_start,
        sum(base) as base,
        {%- for name in [
            'current_part', 'fixed_part', 'previous_part', 'current_error', 'fixed_error', 'rate_part', 'mix_part',
            'interaction_part',
        ] %}
        case when count({{ name }}) = count(*) then {{ exact_sum(name) }} end as {{ name }},
        {%- endfor %}
        max(contact_coverage) as contact_coverage,
        least(min(current_component), min(fixed_component)) as smallest_component,
        min(measured_component) as smallest_measured_component
    from parts
    group by programme, period_grain, period_start

)

select
    programme,
    period_grain,
    period_start,
    cast(base as bigint) as base,
    smallest_component,
    smallest_measured_component,
    contact_coverage,
    current_part as current_mix,
    sqrt(current_error) as current_standard_error,
    fixed_part as fixed_mix,
    sqrt(fixed_error) as fixed_standard_error,
    previous_part as previous_current_mix,
    current_part - previous_part as change,
    rate_part as rate_effect,
    mix_part as mix_effect,
    interaction_part as interaction_effect
from summed
where contact_coverage is not null
