-- One row per programme, eligible unit and month in which the programme asked: a customer who paid at the opening of
-- the month (relational), a ticket first solved or an order paid in it (transactional, where its invitations name
-- tickets or orders). Whether it was invited, and if not, why not (METRICS §2.1); an invitation about a merged ticket
-- is about its survivor (D31). Where nobody paid, nothing was solved and nothing bought, eligibility is not known and
-- there is no row. A view: it has one reader, and a row for each customer and month is dear to write.
{{ config(materialized='view') }}
{#- A customer is asked anew in each month, a ticket or an order once. #}
{%- set any_month = "date '1900-01-01'" %}
with

invitations as (

    select
        invitations.*,
        cast(date_trunc('month', sent_date) as date) as sent_month
    from {{ ref('int_feedback_invitations') }} as invitations
    where programme in ('relational', 'transactional')

),

asking_months as (

    select
        programme,
        sent_month,
        count(ticket_id) > 0 as asks_about_tickets,
        count(order_id) > 0 as asks_about_orders
    from invitations
    group by programme, sent_month

),

eligible as (

    select
        'relational' as programme,
        'customer' as unit_type,
        months.customer_id as unit_id,
        months.month as eligible_month,
        months.month as invited_month,
        months.month as eligible_date,
        months.customer_id
    from {{ ref('fct_customer_months') }} as months
    inner join asking_months
        on asking_months.programme = 'relational'
        and months.month = asking_months.sent_month
    where months.opening_mrr > 0
    union all
    select
        'transactional' as programme,
        'ticket' as unit_type,
        tickets.ticket_id as unit_id,
        cast(date_trunc('month', {{ reporting_date('tickets.first_solved_at') }}) as date) as eligible_month,
        {{ any_month }} as invited_month,
        {{ reporting_date('tickets.first_solved_at') }} as eligible_date,
        tickets.customer_id
    from {{ ref('fct_tickets') }} as tickets
    inner join asking_months
        on asking_months.programme = 'transactional'
        and asking_months.asks_about_tickets
        and cast(date_trunc('month', {{ reporting_date('tickets.first_solved_at') }}) as date)
        = asking_months.sent_month
    union all
    select
        'transactional' as programme,
        'order' as unit_type,
        orders.order_id as unit_id,
        cast(date_trunc('month', {{ reporting_date('orders.ordered_at') }}) as date) as eligible_month,
        {{ any_month }} as invited_month,
        {{ reporting_date('orders.ordered_at') }} as eligible_date,
        orders.customer_id
    from {{ ref('fct_orders') }} as orders
    inner join asking_months
        on asking_months.programme = 'transactional'
        and asking_months.asks_about_orders
        and cast(date_trunc('month', {{ reporting_date('orders.ordered_at') }}) as date)
        = asking_months.sent_month
    where orders.status = 'paid'

),

invited as (

    select distinct
        programme,
        'customer' as unit_type,
        customer_id as unit_id,
        sent_month as invited_month
    from invitations
    where programme = 'relational'
    union distinct
    select
        invitations.programme,
        'ticket' as unit_type,
        coalesce(apart.survivor_ticket_id, invitations.ticket_id) as unit_id,
        {{ any_month }} as invited_month
    from invitations
    left join {{ ref('int_tickets_apart') }} as apart
        on invitations.ticket_id = apart.ticket_id
    where invitations.programme = 'transactional'
    union distinct
    select
        programme,
        'order' as unit_type,
        order_id as unit_id,
        {{ any_month }} as invited_month
    from invitations
    where programme = 'transactional'

),

opt_outs as (

    select
        customer_id,
        min(sent_date) as opted_out_date
    from {{ ref('int_feedback_invitations') }}
    where is_opted_out
    group by customer_id

),

reachable as (

    select distinct customer_id from {{ ref('stg_crm__contacts') }}
    where email is not null

),

asked_before as (

    select distinct
        eligible.programme,
        eligible.unit_type,
        eligible.unit_id,
        eligible.eligible_month
    from eligible
    inner join invitations
        on eligible.customer_id = invitations.customer_id
        and eligible.programme = invitations.programme
        and invitations.sent_date < eligible.eligible_date
        and invitations.sent_date
        >= {{ dbt.dateadd('day', -var('contact_rest_days'), 'eligible.eligible_date') }}

)

select
    eligible.programme,
    eligible.unit_type,
    eligible.unit_id,
    eligible.eligible_month,
    coalesce(attributes.segment, 'unknown') as segment,
    case
        when invited.unit_id is not null then 'invited'
        when opt_outs.opted_out_date < eligible.eligible_date then 'opted_out'
        when asked_before.unit_id is not null then 'asked_before'
        when reachable.customer_id is null and exists (select 1 from reachable as anybody) then 'no_address'
        else 'not_chosen'
    end as outcome
from eligible
left join invited
    on eligible.programme = invited.programme
    and eligible.unit_type = invited.unit_type
    and eligible.unit_id = invited.unit_id
    and eligible.invited_month = invited.invited_month
left join opt_outs
    on eligible.customer_id = opt_outs.customer_id
left join asked_before
    on eligible.programme = asked_before.programme
    and eligible.unit_type = asked_before.unit_type
    and eligible.unit_id = asked_before.unit_id
    and eligible.eligible_month = asked_before.eligible_month
left join reachable
    on eligible.customer_id = reachable.customer_id
left join {{ ref('int_customer_attributes') }} as attributes
    on eligible.customer_id = attributes.customer_id
    and eligible.eligible_date >= attributes.valid_from
    and eligible.eligible_date < attributes.valid_to
