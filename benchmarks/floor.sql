-- The least that gives the core of the service facts by METRICS §4, written by hand as one pass over the same Parquet:
-- first human reply, first and full resolution in calendar and business time, reopenings, and the outcome of the
-- first-reply SLA by the priority in force when its clock started. Right for any valid tickets, messages and events of a
-- helpdesk that numbers its changes and whose tickets keep their schedule; no row is judged, and there are no facts about runs and spells.
-- run.py holds its numbers against those of the marts.
create or replace table floor_result as
with recursive

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

-- Merged tickets' messages count for the survivor at the end of their chain, if both are meant (CLARIFICATIONS D31).
apart as (
    select ticket_id, merged_into_ticket_id, created_by, created_at, is_spam or is_test as is_left_out
    from read_parquet('$folder/helpdesk/tickets.parquet')
    where merged_into_ticket_id is not null or is_spam or is_test
),

walks as (
    select ticket_id, merged_into_ticket_id as reached_ticket_id from apart where merged_into_ticket_id is not null
    union
    select walks.ticket_id, apart.merged_into_ticket_id
    from walks
    inner join apart on apart.ticket_id = walks.reached_ticket_id
    where apart.merged_into_ticket_id is not null
),

absorbed as (
    select
        apart.ticket_id, apart.created_at,
        max(walks.reached_ticket_id) filter (
            where reached.ticket_id is null and apart.created_by = 'customer' and not apart.is_left_out
        ) as root_ticket_id
    from apart
    left join walks on walks.ticket_id = apart.ticket_id
    left join apart as reached on reached.ticket_id = walks.reached_ticket_id
    group by all
),

messages as (
    select coalesce(absorbed.root_ticket_id, messages.ticket_id) as ticket_id, messages.author_type, messages.sent_at
    from read_parquet('$folder/helpdesk/ticket_messages.parquet') as messages
    left join absorbed on absorbed.ticket_id = messages.ticket_id
    where
        messages.author_type in ('customer', 'agent', 'bot')
        and messages.is_public and not messages.is_automated and messages.sent_at <= $as_of
        and (absorbed.ticket_id is null or absorbed.root_ticket_id is not null)
),

-- A ticket that no customer opened starts with the customer's first message, a survivor with the earliest of those
-- merged into it (CLARIFICATIONS D30).
first_words as (
    select messages.ticket_id, min(messages.sent_at) as said_at
    from messages
    inner join read_parquet('$folder/helpdesk/tickets.parquet') as tickets
        on tickets.ticket_id = messages.ticket_id and tickets.created_by <> 'customer'
    where messages.author_type = 'customer'
    group by messages.ticket_id
),

first_merged as (
    select root_ticket_id, min(created_at) as created_at from absorbed
    where root_ticket_id is not null
    group by root_ticket_id
),

scope as (
    select
        tickets.ticket_id, tickets.schedule_id, tickets.sla_policy_id, tickets.priority, tickets.status, tickets.created_by,
        coalesce(
            least(case when tickets.created_by = 'customer' then tickets.created_at end, first_merged.created_at),
            first_words.said_at
        ) as created_at
    from read_parquet('$folder/helpdesk/tickets.parquet') as tickets
    anti join apart on apart.ticket_id = tickets.ticket_id
    left join first_merged on first_merged.root_ticket_id = tickets.ticket_id
    left join first_words on first_words.ticket_id = tickets.ticket_id
),

replies as (
    select
        messages.ticket_id,
        min(messages.sent_at) filter (where messages.author_type = 'agent') as human_at,
        min(messages.sent_at) filter (where messages.author_type = 'bot') as bot_at
    from messages
    inner join scope on scope.ticket_id = messages.ticket_id
    where
        messages.author_type in ('agent', 'bot')
        and (scope.created_by = 'customer' or messages.sent_at >= scope.created_at)
    group by messages.ticket_id
),

-- Changes in the order of METRICS §13 rule 25. What is to happen after as_of only tells the value before it.
told as (
    select
        ticket_id, occurred_at, new_value,
        coalesce(lag(new_value) over in_order, old_value, 'new') as previous_value,
        row_number() over in_order as told_number,
        lead(occurred_at) over in_order as next_at
    from read_parquet('$folder/helpdesk/ticket_events.parquet')
    where field = 'status' and occurred_at <= $as_of + interval 1 day
    window in_order as (partition by ticket_id order by occurred_at, sequence)
),

histories as (
    select
        told.ticket_id,
        min(greatest(occurred_at, created_at)) filter (where is_solution) as first_solved_at,
        max(greatest(occurred_at, created_at)) filter (where is_solution) as last_solved_at,
        list(greatest(occurred_at, created_at)) filter (where is_reopening) as reopened_at,
        count(*) filter (where is_reopening) as reopens,
        max(case when occurred_at > $as_of then previous_value else new_value end)
            filter (where coalesce(next_at > $as_of, true)) as status
    from (
        select
            told.*, scope.created_at,
            occurred_at between scope.created_at - interval 2 second and $as_of as is_in_clock,
            is_in_clock and new_value in ('solved', 'closed') and previous_value not in ('solved', 'closed') as is_solution,
            is_in_clock and new_value not in ('solved', 'closed') and previous_value in ('solved', 'closed') as is_reopening
        from told
        inner join scope on scope.ticket_id = told.ticket_id
        where occurred_at <= $as_of or told_number = 1
    ) as told
    group by told.ticket_id
),

joined as (
    select
        scope.*,
        coalesce(histories.status, scope.status) in ('solved', 'closed') as is_solved,
        replies.human_at,
        histories.first_solved_at,
        case when is_solved then histories.last_solved_at end as solved_at,
        coalesce(histories.reopens, 0) as reopens,
        histories.ticket_id is not null or not is_solved as is_end_known,
        -- Solved by a bot alone and reopened: the wait for a person starts again (CLARIFICATIONS D35).
        coalesce(
            case
                when replies.bot_at < first_solved_at and (human_at is null or human_at >= first_solved_at) then
                    list_max(list_filter(
                        histories.reopened_at,
                        lambda reopened: reopened >= first_solved_at and (human_at is null or human_at > reopened)
                    ))
            end,
            scope.created_at
        ) as waited_from,
        greatest(
            waited_from,
            coalesce(human_at, case when solved_at > waited_from then solved_at end, $as_of)
        ) as waited_until
    from scope
    left join replies on replies.ticket_id = scope.ticket_id
    left join histories on histories.ticket_id = scope.ticket_id
    where scope.created_at <= $as_of
),

measured as (
    select
        joined.*,
        coalesce(human_at < joined.created_at - interval 2 second, false) as is_void,
        epoch_us(waited_until) - epoch_us(waited_from) as waited,
        $reading_w - $reading_s as waited_working,
        epoch_us(first_solved_at) - epoch_us(created_at) as first_elapsed,
        $reading_f - $reading_c as first_working,
        epoch_us(solved_at) - epoch_us(created_at) as full_elapsed,
        $reading_l - $reading_c as full_working
    from joined
    left join business_days as c on c.schedule_id = joined.schedule_id and c.utc_date = cast(created_at as date)
    left join business_days as s on s.schedule_id = joined.schedule_id and s.utc_date = cast(waited_from as date)
    left join business_days as w on w.schedule_id = joined.schedule_id and w.utc_date = cast(waited_until as date)
    left join business_days as f on f.schedule_id = joined.schedule_id and f.utc_date = cast(first_solved_at as date)
    left join business_days as l on l.schedule_id = joined.schedule_id and l.utc_date = cast(solved_at as date)
),

priorities as (
    select
        ticket_id, old_value, new_value, occurred_at as valid_from,
        row_number() over in_time as told_number,
        lead(occurred_at, 1, 'infinity') over in_time as valid_to
    from read_parquet('$folder/helpdesk/ticket_events.parquet')
    where field = 'priority' and occurred_at <= $as_of + interval 1 day
    window in_time as (partition by ticket_id order by occurred_at, sequence)
)

select
    measured.ticket_id,
    case when human_at is not null and not is_void then waited / 60000000.0::double end as first_reply_minutes,
    case when human_at is not null and not is_void then waited_working / 60000000.0::double end
        as first_reply_business_minutes,
    first_elapsed / 60000000.0::double as first_resolution_minutes,
    first_working / 60000000.0::double as first_resolution_business_minutes,
    full_elapsed / 60000000.0::double as full_resolution_minutes,
    full_working / 60000000.0::double as full_resolution_business_minutes,
    reopens,
    case
        when is_void or (human_at is null and not is_end_known) then null
        when case when targets.clock = 'business' then waited_working else waited end
            > targets.target_minutes * 60000000::bigint then 'breached'
        when targets.clock is not null and human_at is not null then 'met'
        when targets.clock is not null and solved_at is null then 'running'
    end as first_reply_outcome
from measured
left join priorities as later
    on later.ticket_id = measured.ticket_id and waited_from >= later.valid_from and waited_from < later.valid_to
left join priorities as earlier
    on earlier.ticket_id = measured.ticket_id and earlier.told_number = 1 and waited_from < earlier.valid_from
left join read_parquet('$folder/helpdesk/sla_targets.parquet') as targets
    on targets.policy_id = measured.sla_policy_id and targets.metric = 'first_reply'
    and targets.priority = coalesce(later.new_value, earlier.old_value, measured.priority);
