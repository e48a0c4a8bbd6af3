-- One row per programme, sending period, frame variable and value: how many mature invitations were delivered to such
-- customers and how many of these were answered in time. The frame is what is known of everybody asked, whether they
-- answered or not: segment, tenure, tickets before, and whether they left later (METRICS §2.1).
with

invitations as (

    select * from {{ ref('int_feedback_invitations') }}
    where is_mature and is_delivered and is_scorable and customer_id is not null

),

customer_starts as (

    select
        customer_id,
        min(started_date) as started_date
    from {{ ref('fct_paying_intervals') }}
    group by customer_id

),

-- Who was paying when asked, and has been followed long enough since.
followed as (

    select distinct
        invitations.invitation_id,
        invitations.sent_date,
        invitations.customer_id
    from invitations
    inner join {{ ref('fct_paying_intervals') }} as intervals
        on invitations.customer_id = intervals.customer_id
        and invitations.sent_date >= intervals.started_date
        and invitations.sent_date < coalesce(intervals.ended_date, date '9999-12-31')
    where {{ dbt.dateadd('day', var('later_churn_days'), 'invitations.sent_at') }} <= {{ as_of() }}

),

left_later as (

    select distinct followed.invitation_id
    from followed
    inner join {{ ref('fct_churn_events') }} as churns
        on followed.customer_id = churns.customer_id
        and {{ reporting_date('churns.churned_at') }} > followed.sent_date
        and {{ reporting_date('churns.churned_at') }}
        <= {{ dbt.dateadd('day', var('later_churn_days'), 'followed.sent_date') }}

),

with_ticket as (

    select distinct invitations.invitation_id
    from invitations
    inner join {{ ref('fct_tickets') }} as tickets
        on invitations.customer_id = tickets.customer_id
        and tickets.created_at < invitations.sent_at
        and tickets.created_at
        >= {{ dbt.dateadd('day', -var('later_churn_days'), 'invitations.sent_at') }}

),

framed as (

    select
        invitations.programme,
        invitations.invitation_id,
        invitations.sent_date,
        invitations.is_scored,
        invitations.segment,
        coalesce({{ tenure_band('customer_starts.started_date', 'invitations.sent_date') }}, 'unknown')
            as tenure_band,
        case when with_ticket.invitation_id is not null then 'yes' else 'no' end as had_ticket,
        case
            when left_later.invitation_id is not null then 'left'
            when followed.invitation_id is not null then 'stayed'
        end as later_churn
    from invitations
    left join customer_starts
        on invitations.customer_id = customer_starts.customer_id
    left join with_ticket
        on invitations.invitation_id = with_ticket.invitation_id
    left join followed
        on invitations.invitation_id = followed.invitation_id
    left join left_later
        on invitations.invitation_id = left_later.invitation_id

),

valued as (

    {%- for variable in ['segment', 'tenure_band', 'had_ticket', 'later_churn'] %}
    select
        programme,
        sent_date,
        is_scored,
        '{{ variable }}' as frame_variable,
        {{ variable }} as frame_value
    from framed
    where {{ variable }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

periods as (

    select
        valued.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'valued.sent_date', 'first_months.first_month') }} as period_start
    from valued
    cross join {{ period_grains() }} as grains
    cross join {{ first_month(ref('int_feedback_invitations'), 'sent_date') }} as first_months

),

counted as (

    select
        programme,
        period_grain,
        period_start,
        frame_variable,
        frame_value,
        count(*) as delivered,
        count(*) filter (where is_scored) as scored
    from periods
    group by programme, period_grain, period_start, frame_variable, frame_value

),

compared as (

    select
        counted.*,
        cast(sum(delivered) over (
            partition by programme, period_grain, period_start, frame_variable
        ) - delivered as bigint) as others_delivered,
        cast(sum(scored) over (
            partition by programme, period_grain, period_start, frame_variable
        ) - scored as bigint) as others_scored
    from counted

)

select
    programme,
    period_grain,
    period_start,
    frame_variable,
    frame_value,
    delivered,
    scored,
    others_delivered,
    others_scored,
    least(delivered, others_delivered) as base,
    {{ share('scored', 'delivered') }} - {{ share('others_scored', 'others_delivered') }} as gap,
    sqrt(
        {{ share('scored', 'delivered') }} * (1 - {{ share('scored', 'delivered') }}) / delivered
        + {{ share('others_scored', 'others_delivered') }}
        * (1 - {{ share('others_scored', 'others_delivered') }}) / others_delivered
    ) as standard_error,
    {{ two_shares_low('scored', 'delivered', 'others_scored', 'others_delivered') }} as ci_low,
    {{ two_shares_high('scored', 'delivered', 'others_scored', 'others_delivered') }} as ci_high,
    {{ p_of_z(two_shares_z('scored', 'delivered', 'others_scored', 'others_delivered')) }} as p_value
from compared
where others_delivered > 0
