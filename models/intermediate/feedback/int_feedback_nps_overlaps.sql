-- One row per period and breakdown of relational NPS in which at least two respondents had also voted in the period
-- before, in the same value of the breakdown: how many, and how their two votes move together (METRICS §2.2.5).
{%- set dimensions = feedback_dimensions() %}
{%- set keys = ['programme', 'period_grain', 'period_start'] %}
with

votes as (

    select
        units.*,
        {{ previous_period_start('period_grain', 'period_start') }} as previous_start
    from {{ ref('int_feedback_period_units') }} as units
    where metric = 'nps' and programme = 'relational'

),

pairs as (

    select
        votes.programme,
        votes.period_grain,
        votes.period_start,
        {%- for dimension in dimensions %}
        case when votes.{{ dimension }} = before.{{ dimension }} then votes.{{ dimension }} end as {{ dimension }},
        {%- endfor %}
        votes.nps_vote as vote,
        before.nps_vote as vote_before
    from votes
    inner join votes as before
        on votes.programme = before.programme
        and votes.period_grain = before.period_grain
        and votes.previous_start = before.period_start
        and votes.respondent_id = before.respondent_id

),

placed as (

    select
        {{ keys | join(', ') }},
        'total' as dimension,
        'total' as dimension_value,
        vote,
        vote_before
    from pairs
    {%- for dimension in dimensions %}
    union all
    select
        {{ keys | join(', ') }},
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        vote,
        vote_before
    from pairs
    where {{ dimension }} is not null
    {%- endfor %}

)

select
    cast('nps_rel' as {{ dbt.type_string() }}) as metric,
    {{ keys | join(', ') }},
    dimension,
    dimension_value,
    count(*) as common_respondents,
    (
        cast(sum(vote * vote_before) as double precision)
        - cast(sum(vote) as double precision) * sum(vote_before) / count(*)
    ) / (count(*) - 1) as vote_covariance
from placed
group by {{ keys | join(', ') }}, dimension, dimension_value
having count(*) > 1
