-- One row per period, breakdown and metric of the account view of relational NPS: an account counts once, with the
-- mean class of its respondents, however many of them answered (METRICS §2.2.1).
{%- set dimensions = feedback_dimensions() %}
{%- set keys = ['period_grain', 'period_start'] %}
with

votes as (

    select
        votes.*,
        customers.customer_id
    from {{ ref('int_feedback_period_units') }} as votes
    inner join {{ ref('int_feedback_responses') }} as customers
        on votes.response_id = customers.response_id
        and customers.customer_id is not null
    where votes.metric = 'nps' and votes.programme = 'relational'

),

accounts as (

    select
        {{ keys | join(', ') }},
        customer_id,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        100 * cast(sum(nps_vote) as double precision) / count(*) as account_nps
    from votes
    {{ group_by_breakdowns(keys + ['customer_id'], dimensions) }}

)

select
    {{ keys | join(', ') }},
    dimension,
    dimension_value,
    count(*) as accounts,
    {{ exact_sum('account_nps') }} as nps_sum,
    {{ exact_sum('account_nps * account_nps') }} as nps_square_sum
from accounts
group by {{ keys | join(', ') }}, dimension, dimension_value
