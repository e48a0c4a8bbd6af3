-- A helpdesk of $size tickets over 750 days as raw Parquet, the same for the same size: 4.2 messages and 18.2
-- changes a ticket, four schedules in three zones. Every number is a hash of the ticket's, so nothing is drawn.
-- Some are not as most are: spam, tests, merged tickets, tickets opened by agents, bots, automatic messages,
-- messages delivered twice, changes of one moment and changes that change nothing.
create or replace macro side(ticket, throw, sides) as cast(hash(ticket, throw) % sides as bigint);
create or replace macro dice(ticket, throw) as side(ticket, throw, 1000000) / 1000000.0;

create or replace table tickets_drawn as
select
    ticket,
    'T' || lpad(cast(ticket as varchar), 9, '0') as ticket_id,
    timestamp '2024-01-01 00:00:00' + to_seconds(cast(floor(dice(ticket, 1) * 750 * 86400) as bigint)) as created_at,
    to_seconds(cast(60 * exp(1 + 6 * dice(ticket, 2)) as bigint)) as reply_after,
    to_seconds(cast(3600 * exp(1 + 5 * dice(ticket, 3)) as bigint)) as solve_after,
    dice(ticket, 4) as fate,
    dice(ticket, 16) as kind
from range($size) as numbers (ticket);

copy (
    select
        ticket_id,
        'C' || lpad(cast(side(ticket, 5, greatest($size // 4, 1)) as varchar), 9, '0') as customer_id,
        created_at,
        case when kind > 0.97 then 'agent' else 'customer' end as created_by,
        ['email', 'chat', 'phone', 'web'][1 + side(ticket, 6, 4)] as channel,
        'topic ' || (side(ticket, 7, 20)) as topic,
        ['low', 'normal', 'high', 'urgent'][1 + side(ticket, 8, 4)] as priority,
        case when fate < 0.93 then 'closed' else 'open' end as status,
        'team ' || (side(ticket, 9, 12)) as team,
        'A' || (side(ticket, 10, 300)) as assignee_id,
        'office ' || (side(ticket, 11, 5)) as office,
        'S' || (side(ticket, 12, 4)) as schedule_id,
        'P' || (side(ticket, 13, 2)) as sla_policy_id,
        'Subject of ticket ' || ticket as subject,
        case
            when kind between 0.01 and 0.02 and ticket > 0 then 'T' || lpad(cast(ticket - 1 as varchar), 9, '0')
        end as merged_into_ticket_id,
        kind < 0.005 as is_spam,
        kind between 0.005 and 0.01 as is_test
    from tickets_drawn
    order by ticket
) to '$folder/helpdesk/tickets.parquet' (format parquet);

-- The seventh is a bot's, and the eighth is the first once more. Who opened the ticket writes first.
copy (
    with

    messages as (

        select
            *,
            case
                when message = 6 then 'bot'
                when (message % 7 + cast(kind > 0.97 as integer)) % 2 = 0 then 'customer'
                else 'agent'
            end as author_type
        from tickets_drawn
        cross join range(8) as messages (message)
        where
            (message < 6 and message < 1 + 5.2 * dice(ticket, 14))
            or (message = 6 and dice(ticket, 17) < 0.1)
            or (message = 7 and dice(ticket, 18) < 0.01)
    )

    select
        'M' || lpad(cast(ticket * 8 + message as varchar), 10, '0') as message_id,
        ticket_id,
        case message
            when 0 then created_at
            when 1 then created_at + reply_after
            when 6 then created_at + interval 5 second
            when 7 then created_at + interval 20 second
            else created_at + reply_after + (solve_after * (message - 1)) / 4
        end as sent_at,
        author_type,
        case author_type when 'agent' then 'A' || (side(ticket, 10, 300)) when 'bot' then 'bot' end as author_id,
        dice(ticket, 30 + message % 7) > 0.05 as is_public,
        author_type = 'agent' and dice(ticket, 40 + message) < 0.02 as is_automated,
        'Message ' || message % 7 || ' of ticket ' || ticket || ': ' || repeat('words of a customer ', 4) as body
    from messages
    order by ticket, message
) to '$folder/helpdesk/ticket_messages.parquet' (format parquet);

copy (
    with

    changes as (

        select
            ticket,
            ticket_id,
            step,
            case
                when step < 6 or step = 24 then 'status'
                when step = 6 then 'priority'
                when step % 3 = 0 then 'topic'
                when step % 3 = 1 then 'assignee'
                else 'team'
            end as field,
            case step
                when 0 then created_at
                when 1 then created_at + reply_after
                when 2 then created_at + reply_after + solve_after / 4
                when 3 then created_at + reply_after + solve_after / case when dice(ticket, 19) < 0.02 then 4 else 2 end
                when 4 then created_at + reply_after + solve_after
                when 5 then created_at + reply_after + solve_after + interval 4 day
                when 24 then created_at + reply_after / 2
                else created_at + reply_after + (solve_after * (step - 5)) / 24
            end as occurred_at,
            case step
                when 0 then 'open' when 1 then 'pending' when 2 then 'open' when 3 then 'hold' when 4 then 'solved'
                when 5 then case when fate < 0.06 then 'open' else 'closed' end
                when 6 then ['low', 'normal', 'high', 'urgent'][1 + side(ticket, 8, 4)]
                when 24 then 'open'
                else 'value ' || (side(ticket, step, 50))
            end as new_value,
            case step
                when 0 then 'new' when 1 then 'open' when 2 then 'pending' when 3 then 'open' when 4 then 'hold'
                when 5 then 'solved' when 6 then ['low', 'normal', 'high', 'urgent'][1 + side(ticket, 15, 4)]
                when 24 then 'open'
                else 'value ' || (side(ticket, step + 100, 50))
            end as old_value,
            fate
        from tickets_drawn
        cross join range(25) as steps (step)
        where
            (step < 24 and step < 12 + 11.6 * dice(ticket, 15))
            or (step = 24 and dice(ticket, 20) < 0.02)

    )

    select
        'E' || lpad(cast(ticket * 32 + step as varchar), 11, '0') as event_id,
        ticket_id,
        occurred_at,
        cast(step as bigint) as sequence,
        field,
        old_value,
        new_value,
        'A' || (side(ticket, 10, 300)) as actor_id,
        'agent' as actor_type
    from changes
    where fate < 0.93 or field <> 'status' or step < 4 or step = 24
    order by ticket, step
) to '$folder/helpdesk/ticket_events.parquet' (format parquet);

copy (
    select
        'S' || schedule as schedule_id,
        ['Europe/Vilnius', 'America/New_York', 'Australia/Sydney', 'Europe/Vilnius'][1 + schedule] as time_zone,
        weekday,
        opens_minute,
        closes_minute
    from range(4) as schedules (schedule)
    cross join range(1, 8) as weekdays (weekday)
    cross join (values (480, 720), (780, 1080), (1320, 1440)) as windows (opens_minute, closes_minute)
    where (weekday < 6 and opens_minute < 1000) or schedule = 3
) to '$folder/helpdesk/schedules.parquet' (format parquet);

copy (
    select
        'S' || schedule as schedule_id,
        date '2024-01-01' + cast(37 * holiday as integer) as holiday_date
    from range(4) as schedules (schedule)
    cross join range(24) as holidays (holiday)
) to '$folder/helpdesk/holidays.parquet' (format parquet);

copy (
    select
        'P' || policy as policy_id,
        metric,
        priority,
        target_minutes,
        case when policy = 0 then 'business' else 'calendar' end as clock
    from range(2) as policies (policy)
    cross join (values ('first_reply', 120), ('next_reply', 240), ('resolution', 2400)) as targets (metric, target_minutes)
    cross join (values ('low'), ('normal'), ('high'), ('urgent')) as priorities (priority)
) to '$folder/helpdesk/sla_targets.parquet' (format parquet);
