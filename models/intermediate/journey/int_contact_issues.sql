-- One row per issue: contacts of one customer on one topic that follow each other within issue_gap_days (METRICS §6.4).
-- Contacts are the customer's own, tickets and touchpoints alike, up to as_of; a ticket that is also noted as a
-- touchpoint of its channel is one contact (a merged one is its survivor, D31), and a touchpoint without a topic (a
-- log-in, a visit) is about nothing. What a bot hands over stays in one conversation, so it is no change of channel.
with

clock as (

    select * from {{ ref('int_build_clock') }}

),

channel_groups as (

    select * from {{ ref('channel_groups') }}

),

told as (

    select
        'ticket' as kind,
        ticket_id as contact_id,
        ticket_id,
        customer_id,
        topic,
        channel,
        created_at as contacted_at
    from {{ ref('fct_tickets') }}
    where customer_id is not null
    union all
    select
        'touchpoint' as kind,
        touchpoints.touchpoint_id as contact_id,
        coalesce(apart.survivor_ticket_id, touchpoints.ticket_id) as ticket_id,
        touchpoints.customer_id,
        touchpoints.topic,
        touchpoints.channel,
        touchpoints.occurred_at as contacted_at
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join {{ ref('int_tickets_apart') }} as apart
        on touchpoints.ticket_id = apart.ticket_id
    where
        touchpoints.customer_id is not null
        and touchpoints.topic is not null
        and coalesce(touchpoints.direction, 'in') = 'in'
        and touchpoints.occurred_at <= {{ as_of() }}

),

-- Tickets and touchpoints come from two systems, which may write one topic in other letters; it is published as
-- tickets have it.
topics as (

    select
        lower(topic) as topic_key,
        coalesce(max(case when kind = 'ticket' then topic end), max(topic)) as topic
    from told
    group by lower(topic)

),

-- A channel without a group is one of its own; one that is not known is none.
grouped as (

    select
        told.kind,
        told.contact_id,
        told.ticket_id,
        -- A key that is null where nothing is looked for: a condition on the kind would compare all with all.
        case when told.kind = 'touchpoint' then told.ticket_id end as noted_ticket_id,
        told.customer_id,
        coalesce(topics.topic, 'unknown') as topic,
        coalesce(channel_groups.channel_group, lower(told.channel)) as channel_group,
        told.contacted_at
    from told
    left join topics
        on lower(told.topic) = topics.topic_key
    left join channel_groups
        on lower(told.channel) = channel_groups.channel

),

tickets as (

    select
        ticket_id,
        channel_group
    from grouped
    where kind = 'ticket'

),

contacts as (

    select
        grouped.*,
        lag(grouped.contacted_at) over (
            partition by grouped.customer_id, grouped.topic
            order by grouped.contacted_at, grouped.kind, grouped.contact_id
        ) as previous_contacted_at
    from grouped
    left join tickets
        on grouped.noted_ticket_id = tickets.ticket_id
        and grouped.channel_group = tickets.channel_group
    where tickets.ticket_id is null

),

numbered as (

    select
        *,
        sum(
            case
                when
                    contacted_at <= {{ dbt.dateadd('day', var('issue_gap_days'), 'previous_contacted_at') }} then 0
                else 1
            end
        ) over (
            partition by customer_id, topic order by contacted_at, kind, contact_id
            rows between unbounded preceding and current row
        ) as issue_number
    from contacts

),

issues as (

    select
        customer_id,
        topic,
        cast(issue_number as bigint) as issue_number,
        count(*) as contacts,
        count(distinct channel_group) as channel_groups,
        min(contacted_at) as started_at,
        max(contacted_at) as ended_at
    from numbered
    group by customer_id, topic, issue_number

)

select
    issues.customer_id,
    issues.topic,
    issues.issue_number,
    coalesce(attributes.segment, 'unknown') as segment,
    issues.contacts,
    issues.channel_groups,
    issues.channel_groups > 1 as is_switched,
    {{ dbt.dateadd('day', var('issue_gap_days'), 'issues.ended_at') }} <= clock.as_of as is_mature,
    {{ reporting_date('issues.started_at') }} as started_date,
    issues.started_at,
    issues.ended_at
from issues
cross join clock
left join {{ ref('int_customer_attributes') }} as attributes
    on issues.customer_id = attributes.customer_id
    and {{ reporting_date('issues.started_at') }} >= attributes.valid_from
    and {{ reporting_date('issues.started_at') }} < attributes.valid_to
