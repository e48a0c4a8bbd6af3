-- The least work that gives the core of the service facts: one hand-written pass over the same Parquet, without
-- a judgement of the rows, without facts about runs and spells, right for what generate.sql writes and no more. First human
-- reply, first and full resolution in calendar and business time, reopenings, and the outcome of the first-reply SLA
-- by the priority the ticket was created with. run.py holds its numbers against those of the marts.
create or replace table floor_result as
with

schedules as (select * from read_parquet('$folder/helpdesk/schedules.parquet')),

days as (
    select cast(unnest(generate_series(timestamp '2023-12-25', timestamp '2026-12-31', interval 1 day)) as date) as day
),

windows as (
    select
        schedules.schedule_id,
        (cast(days.day as timestamp) + to_minutes(schedules.opens_minute)) at time zone schedules.time_zone at time zone 'UTC' as opened_at,
        (cast(days.day as timestamp) + to_minutes(schedules.closes_minute)) at time zone schedules.time_zone at time zone 'UTC' as closed_at
    from schedules
    inner join days on isodow(days.day) = schedules.weekday
    anti join read_parquet('$folder/helpdesk/holidays.parquet') as holidays
        on holidays.schedule_id = schedules.schedule_id and holidays.holiday_date = days.day
),

pieces as (
    select
        schedule_id,
        cast(opened_at as date) + offsets.n as utc_date,
        greatest(opened_at, cast(cast(opened_at as date) + offsets.n as timestamp)) as opened_at,
        least(closed_at, cast(cast(opened_at as date) + offsets.n + 1 as timestamp)) as closed_at
    from windows
    cross join (values (0), (1)) as offsets (n)
    where cast(cast(opened_at as date) + offsets.n as timestamp) < closed_at
),

numbered as (
    select
        *,
        row_number() over (partition by schedule_id, utc_date order by opened_at) as number,
        epoch_us(closed_at) - epoch_us(opened_at) as length,
        epoch_us(opened_at) as opens
    from pieces
),

pivoted as (
    select
        all_days.schedule_id,
        all_days.utc_date,
        coalesce(max(opens) filter (where number = 1), 0) as o1, coalesce(max(length) filter (where number = 1), 0) as l1,
        coalesce(max(opens) filter (where number = 2), 0) as o2, coalesce(max(length) filter (where number = 2), 0) as l2,
        coalesce(max(opens) filter (where number = 3), 0) as o3, coalesce(max(length) filter (where number = 3), 0) as l3,
        coalesce(sum(length), 0) as working
    from (select schedule_id, day as utc_date from (select distinct schedule_id from schedules) cross join days) as all_days
    left join numbered on numbered.schedule_id = all_days.schedule_id and numbered.utc_date = all_days.utc_date
    group by all
),

business_days as (
    select *, sum(working) over (partition by schedule_id order by utc_date) - working as before from pivoted
),

replies as (
    select ticket_id, min(sent_at) as replied_at
    from read_parquet('$folder/helpdesk/ticket_messages.parquet')
    where author_type = 'agent' and is_public and not is_automated and sent_at <= $as_of
    group by ticket_id
),

histories as (
    select
        ticket_id,
        min(occurred_at) filter (where new_value = 'solved') as first_solved_at,
        max(occurred_at) filter (where new_value = 'solved') as last_solved_at,
        count(*) filter (where old_value in ('solved', 'closed') and new_value not in ('solved', 'closed')) as reopens,
        arg_max(new_value, sequence) filter (where field = 'status') in ('solved', 'closed') as is_solved,
        arg_min(old_value, sequence) filter (where field = 'priority') as first_priority
    from read_parquet('$folder/helpdesk/ticket_events.parquet')
    where field in ('status', 'priority') and occurred_at <= $as_of
    group by ticket_id
),

joined as (
    select
        tickets.ticket_id, tickets.schedule_id, tickets.created_at, tickets.sla_policy_id,
        coalesce(histories.first_priority, tickets.priority) as priority,
        replies.replied_at,
        histories.first_solved_at,
        case when histories.is_solved then histories.last_solved_at end as solved_at,
        case
            when replies.replied_at is not null then replies.replied_at
            when histories.is_solved then histories.last_solved_at
            else $as_of
        end as waited_until,
        histories.reopens
    from read_parquet('$folder/helpdesk/tickets.parquet') as tickets
    left join replies on replies.ticket_id = tickets.ticket_id
    left join histories on histories.ticket_id = tickets.ticket_id
),

measured as (
    select
        joined.*,
        epoch_us(waited_until) - epoch_us(created_at) as waited,
        $reading_w - $reading_c as waited_working,
        epoch_us(first_solved_at) - epoch_us(created_at) as first_elapsed,
        $reading_f - $reading_c as first_working,
        epoch_us(solved_at) - epoch_us(created_at) as full_elapsed,
        $reading_l - $reading_c as full_working
    from joined
    left join business_days as c on c.schedule_id = joined.schedule_id and c.utc_date = cast(created_at as date)
    left join business_days as w on w.schedule_id = joined.schedule_id and w.utc_date = cast(waited_until as date)
    left join business_days as f on f.schedule_id = joined.schedule_id and f.utc_date = cast(first_solved_at as date)
    left join business_days as l on l.schedule_id = joined.schedule_id and l.utc_date = cast(solved_at as date)
)

select
    measured.ticket_id,
    case when replied_at is not null then waited / 60000000.0::double end as first_reply_minutes,
    case when replied_at is not null then waited_working / 60000000.0::double end as first_reply_business_minutes,
    first_elapsed / 60000000.0::double as first_resolution_minutes,
    first_working / 60000000.0::double as first_resolution_business_minutes,
    full_elapsed / 60000000.0::double as full_resolution_minutes,
    full_working / 60000000.0::double as full_resolution_business_minutes,
    reopens,
    case
        when case when targets.clock = 'business' then waited_working else waited end
            > targets.target_minutes * 60000000::bigint then 'breached'
        when replied_at is not null then 'met'
        when solved_at is null then 'running'
    end as first_reply_outcome
from measured
left join read_parquet('$folder/helpdesk/sla_targets.parquet') as targets
    on targets.policy_id = measured.sla_policy_id and targets.metric = 'first_reply'
    and targets.priority = measured.priority;
