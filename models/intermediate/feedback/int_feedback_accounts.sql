-- One row per period and breakdown of relational NPS with a vote of a known customer, the account view: an account
-- counts once, with the mean class of its respondents, however many of them answered; and once more by what it pays,
-- where that is known (METRICS §2.2.1). An account pays what it paid in the month of its last vote of the period.
{%- set dimensions = feedback_dimensions() %}
{%- set period = ['period_grain', 'period_start'] %}
{%- set cell = period + ['dimension', 'dimension_value'] %}
with

votes as (

    select
        votes.*,
        responses.customer_id,
        cast(date_trunc('month', max(responses.responded_date) over (
            partition by votes.period_grain, votes.period_start, responses.customer_id
        )) as date) as last_vote_month
    from {{ ref('int_feedback_period_units') }} as votes
    inner join {{ ref('int_feedback_responses') }} as responses
        on votes.response_id = responses.response_id
        and responses.customer_id is not null
    where votes.metric = 'nps' and votes.programme = 'relational'

),

-- Who joined in the month paid nothing at its opening.
revenues as (

    select
        customer_id,
        month,
        case when opening_mrr > 0 then opening_mrr else closing_mrr end as mrr
    from {{ ref('fct_customer_months') }}

),

priced as (

    select
        votes.*,
        revenues.mrr
    from votes
    left join revenues
        on votes.customer_id = revenues.customer_id
        and votes.last_vote_month = revenues.month

),

accounts as (

    select
        {{ period | join(', ') }},
        customer_id,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        100 * cast(sum(nps_vote) as double precision) / count(*) as account_nps,
        max(mrr) as mrr
    from priced
    {{ group_by_breakdowns(period + ['customer_id'], dimensions) }}

),

sums as (

    select
        {{ cell | join(', ') }},
        count(*) as accounts,
        {{ exact_sum('account_nps') }} as nps_sum,
        {{ exact_sum('account_nps * account_nps') }} as nps_square_sum,
        count(*) filter (where mrr > 0) as paying_accounts,
        cast(sum(mrr) as double precision) as mrr,
        cast(sum(cast(mrr * account_nps as decimal(38, 8))) as double precision) as mrr_nps_sum
    from accounts
    group by {{ cell | join(', ') }}

),

residuals as (

    select
        {% for column in cell -%}
        accounts.{{ column }},
        {% endfor -%}
        cast(sum(cast(
            power(accounts.mrr * (accounts.account_nps - sums.mrr_nps_sum / nullif(sums.mrr, 0)), 2)
            as decimal(38, 8)
        )) as double precision) as residual_square_sum
    from accounts
    inner join sums
        on
        true
        {%- for column in cell %}
        and accounts.{{ column }} = sums.{{ column }}
        {%- endfor %}
    group by accounts.period_grain, accounts.period_start, accounts.dimension, accounts.dimension_value

)

select
    sums.*,
    {{ ratio_standard_error('residuals.residual_square_sum', 'sums.mrr', 'sums.paying_accounts') }}
        as revenue_standard_error
from sums
inner join residuals
    on
    true
    {%- for column in cell %}
    and sums.{{ column }} = residuals.{{ column }}
    {%- endfor %}
