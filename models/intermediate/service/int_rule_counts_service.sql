-- One row per rule of METRICS §13, action and table of the helpdesk that is counted here.
{{ config(access='protected') }}
with

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

),

customers as (

    select
        customer_id,
        is_test
    from {{ ref('stg_crm__customers') }}

),

ticket_customers as (

    select
        tickets.ticket_id,
        customers.customer_id is null and tickets.customer_id is not null as is_unknown,
        tickets.is_spam or tickets.is_test or coalesce(customers.is_test, false) as is_out_of_scope
    from tickets
    left join customers
        on tickets.customer_id = customers.customer_id

),

events as (

    select
        events.event_id,
        events.ticket_id,
        events.field,
        events.occurred_at < tickets.created_at as is_before_its_ticket
    from {{ ref('stg_helpdesk__ticket_events') }} as events
    inner join tickets
        on events.ticket_id = tickets.ticket_id

),

tickets_with_history as (

    select distinct ticket_id from events
    where field = 'status'

),

closed_tickets as (

    select
        tickets.ticket_id,
        tickets_with_history.ticket_id is null as has_no_history
    from tickets
    left join tickets_with_history
        on tickets.ticket_id = tickets_with_history.ticket_id
    where tickets.status in ('solved', 'closed')

),

authors as (

    select
        employee_id as author_id,
        role,
        true as is_staff
    from {{ ref('stg_crm__employees') }}

    union all

    select
        outsiders.author_id,
        cast(null as {{ dbt.type_string() }}) as role,
        false as is_staff
    from (
        select customer_id as author_id from customers
        union
        select contact_id as author_id from {{ ref('stg_crm__contacts') }}
        where not is_employee
    ) as outsiders
    left join {{ ref('stg_crm__employees') }} as employees
        on outsiders.author_id = employees.employee_id
    where employees.employee_id is null

),

messages as (

    select
        messages.message_id,
        messages.author_type,
        authors.role,
        authors.is_staff as is_by_staff
    from {{ ref('stg_helpdesk__ticket_messages') }} as messages
    left join authors
        on messages.author_id = authors.author_id

),

ticket_years as (

    select distinct cast(extract(year from {{ reporting_date('created_at') }}) as integer) as ticket_year
    from tickets
    where exists (select 1 from {{ ref('stg_helpdesk__schedules') }})

),

holiday_years as (

    select distinct cast(extract(year from holiday_date) as integer) as holiday_year
    from {{ ref('stg_helpdesk__holidays') }}

),

covered_years as (

    select
        ticket_years.ticket_year,
        holiday_years.holiday_year is null as has_no_holidays
    from ticket_years
    left join holiday_years
        on ticket_years.ticket_year = holiday_years.holiday_year

),

-- Superseded rows always stand in the judged rows.
superseded_targets as (

    select
        policy_id,
        valid_from
    from {{ judged_relation(ref('stg_helpdesk__sla_targets')) }}
    where row_verdict = 'superseded'

),

spellings as (

    {{ spellings_of('tickets', ['channel', 'topic', 'priority', 'type', 'team', 'office', 'language']) }}

),

counts as (

    {{ rule_count('3', 'warn', 'helpdesk.tickets', 'ticket_customers', 'ticket_id', 'is_unknown') }}
    union all
    {{ rule_count('13', 'repair', 'helpdesk.tickets', 'ticket_customers', 'ticket_id', 'is_out_of_scope') }}
    union all
    {{ rule_count('20', 'repair', 'helpdesk.tickets', 'tickets', 'ticket_id', was_masked('subject')) }}
    union all
    {{ rule_count('22', 'warn', 'helpdesk.tickets', 'spellings', 'example', 'spellings > 1') }}
    union all
    {{ rule_count('24', 'warn', 'helpdesk.tickets', 'closed_tickets', 'ticket_id', 'has_no_history') }}
    union all
    {{ rule_count('25', 'repair', 'helpdesk.ticket_events', 'events', 'event_id', 'is_before_its_ticket') }}
    union all
    {{ rule_count(
        '26', 'warn', 'helpdesk.ticket_messages', 'messages', 'message_id',
        "author_type = 'customer' and is_by_staff or author_type = 'agent' and not is_by_staff"
    ) }}
    union all
    {{ rule_count(
        '27', 'repair', 'helpdesk.ticket_messages', 'messages', 'message_id',
        "author_type = 'agent' and role in ('bot', 'system')"
    ) }}
    union all
    {{ rule_count(
        '28', 'repair', 'helpdesk.tickets', 'tickets', 'ticket_id', 'merged_into_ticket_id is not null'
    ) }}
    union all
    {{ rule_count('30', 'warn', 'helpdesk.holidays', 'covered_years', 'ticket_year', 'has_no_holidays') }}
    union all
    {{ rule_count('31', 'warn', 'helpdesk.sla_targets', 'superseded_targets', 'policy_id', 'valid_from is null') }}

)

select * from counts
