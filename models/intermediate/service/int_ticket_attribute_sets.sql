-- One row per combination of attributes that tickets are broken down by. Curves of waits are over many breakdowns at
-- once; a number stands for the six texts there.
{%- set dimensions = ticket_dimensions() %}
select
    {{ dimensions | join(',\n    ') }},
    row_number() over (order by {{ dimensions | join(', ') }}) as attribute_set
from (
    select distinct
        coalesce(team, 'unknown') as team,
        coalesce(office, 'unknown') as office,
        coalesce(channel, 'unknown') as channel,
        coalesce(priority, 'unknown') as priority,
        coalesce(topic, 'unknown') as topic,
        segment
    from {{ ref('int_tickets_measured') }}
) as combinations
