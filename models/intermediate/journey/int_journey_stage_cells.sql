-- One row per survey metric, period, stage and channel of the way, with `total` for all channels and for the whole way:
-- counts and sums of what customers said after an interaction (METRICS §6.1). Answers count in the period they were
-- asked for, right after the interaction, and in its channel: the ticket's where there is one. `satisfied` of CSAT
-- keeps to the scale most answers are on, because shares of scales are never pooled (§2.3). The whole way is made of
-- what has a place on it: `unmapped` stands beside it.
with

stages as (

    select * from {{ ref('journey_stages') }}

),

votes as (

    select * from {{ ref('fct_survey_answers') }}
    where
        programme = 'transactional'
        and is_vote
        and metric in {{ interaction_metrics() }}

),

csat_scales as (

    select
        scale_min,
        scale_max,
        row_number() over (order by count(*) desc, scale_max desc, scale_min asc) as use_rank
    from votes
    where metric = 'csat'
    group by scale_min, scale_max

),

tickets as (

    select
        ticket_id,
        channel
    from {{ ref('fct_tickets') }}

),

-- Surveys may write a channel in other letters than the helpdesk; it is published as tickets have it.
channels as (

    select
        lower(channel) as channel_key,
        max(channel) as channel
    from tickets
    group by lower(channel)

),

placed as (

    select
        votes.metric,
        votes.pomp,
        case when votes.metric <> 'csat' or csat_scales.use_rank = 1 then votes.is_satisfied end as is_satisfied,
        {{ journey_stage('votes', 'named_stages', 'named_touchpoints') }} as stage,
        coalesce(tickets.channel, channels.channel, votes.channel) as channel,
        {{ reporting_date('coalesce(invitations.sent_at, votes.responded_at)') }} as asked_date
    from votes
    inner join {{ ref('fct_survey_responses') }} as responses
        on votes.response_id = responses.response_id
    left join {{ ref('fct_survey_invitations') }} as invitations
        on votes.invitation_id = invitations.invitation_id
    left join {{ ref('int_tickets_apart') }} as apart
        on responses.ticket_id = apart.ticket_id
    left join tickets
        on coalesce(apart.survivor_ticket_id, responses.ticket_id) = tickets.ticket_id
    left join channels
        on lower(votes.channel) = channels.channel_key
    left join stages as named_stages
        on lower(votes.stage) = named_stages.name
    left join stages as named_touchpoints
        on lower(votes.touchpoint) = named_touchpoints.name
    left join csat_scales
        on votes.metric = 'csat'
        and votes.scale_min = csat_scales.scale_min
        and votes.scale_max = csat_scales.scale_max

),

in_periods as (

    select
        placed.*,
        placed.stage <> 'unmapped' as is_mapped,
        period_grains.period_grain,
        {{ period_start('period_grains.period_grain', 'placed.asked_date', 'first_months.first_month') }}
            as period_start
    from placed
    cross join {{ period_grains() }} as period_grains
    cross join {{ first_month('placed', 'asked_date') }} as first_months

),

counted as (

    select
        metric,
        period_grain,
        period_start,
        case when grouping(stage) = 0 then stage else 'total' end as stage,
        case when grouping(channel) = 0 then channel else 'total' end as channel,
        count(*) as answers,
        count(is_satisfied) as rated,
        count(*) filter (where is_satisfied) as satisfied,
        {{ exact_sum('pomp') }} as pomp_sum,
        {{ exact_sum('pomp * pomp') }} as pomp_square_sum,
        grouping(is_mapped) = 1 or is_mapped as is_stage_or_way
    from in_periods
    group by grouping sets (
        (metric, period_grain, period_start, is_mapped),
        (metric, period_grain, period_start, stage),
        (metric, period_grain, period_start, stage, channel)
    )

)

select
    metric,
    period_grain,
    period_start,
    stage,
    channel,
    answers,
    rated,
    satisfied,
    pomp_sum,
    pomp_square_sum
from counted
where is_stage_or_way
