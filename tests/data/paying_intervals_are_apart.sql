-- A customer's paying intervals follow each other with more than the grace between them (METRICS §3.0).
with

intervals as (

    select
        customer_id,
        started_date,
        ended_date,
        lead(started_date) over (partition by customer_id order by spell_number) as next_started_date
    from {{ ref('fct_paying_intervals') }}

)

select *
from intervals
where
    ended_date <= started_date
    or (
        next_started_date is not null
        and (
            ended_date is null
            or next_started_date <= {{ date_plus('ended_date', var('churn_grace_days')) }}
        )
    )
