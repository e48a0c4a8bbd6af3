-- One row per wait, period with one before it and breakdown: whether the curve of the headline clock differs from that
-- of the period before, by log-rank (METRICS §4.0, T10). Answers of both periods are laid on one axis; at each wait at
-- which anybody was answered the period is expected to have had its share of those who waited so long.
with

clocks as (

    select * from {{ ref('int_response_time_clocks') }}
    where is_headline

),

members as (

    select * from {{ ref('int_ticket_attribute_members') }}

),

periods as (

    select * from {{ ref('int_response_time_periods') }}
    where period_grain <> 'all'

),

-- A month's clocks are in their own period, and those before of the next one.
sides as (

    select
        cohort_month,
        period_number,
        true as is_current
    from periods

    union all

    select distinct
        earlier.cohort_month,
        later.period_number,
        false as is_current
    from periods as earlier
    inner join periods as later
        on earlier.period_grain = later.period_grain
        and later.period_start = {{ period_end('earlier.period_grain', 'earlier.period_start') }}

),

durations as (

    select
        {{ wait_group_number('members', 'sides', 'clocks') }} as group_number,
        clocks.minutes,
        count(*) as leaving,
        count(*) filter (where sides.is_current) as current_leaving,
        count(*) filter (where clocks.is_answered) as answered,
        count(*) filter (where clocks.is_answered and sides.is_current) as current_answered
    from clocks
    inner join sides
        on clocks.cohort_month = sides.cohort_month
    inner join members
        on clocks.attribute_set = members.attribute_set
    group by {{ wait_group_number('members', 'sides', 'clocks') }}, clocks.minutes

),

at_risk as (

    select
        group_number,
        answered,
        current_answered,
        cast(sum(leaving) over from_the_longest as double precision) as running,
        cast(sum(current_leaving) over from_the_longest as double precision) as current_running
    from durations
    window from_the_longest as (
        partition by group_number order by minutes desc rows between unbounded preceding and current row
    )

),

compared as (

    select
        group_number,
        cast(sum(current_answered) as double precision) as observed,
        {{ log_rank_expected('answered', 'current_running / running') }} as expected,
        {{ log_rank_variance('answered', 'current_running / running', 'running') }} as variance
    from at_risk
    where answered > 0
    group by group_number

),

labels as (

    select
        {{ wait_group_number('members', 'periods', 'clocks') }} as group_number,
        clocks.wait,
        periods.period_grain,
        periods.period_start,
        members.dimension,
        members.dimension_value
    from (
        select distinct
            wait,
            kind_number
        from clocks
    ) as clocks
    cross join (
        select distinct
            period_grain,
            period_start,
            period_number
        from periods
    ) as periods
    cross join (
        select distinct
            dimension,
            dimension_value,
            member_number
        from members
    ) as members

)

select
    labels.wait,
    labels.period_grain,
    labels.period_start,
    labels.dimension,
    labels.dimension_value,
    compared.observed,
    compared.expected,
    compared.variance,
    {{ p_of_z('((compared.observed - compared.expected) / sqrt(compared.variance))') }} as p_value
from compared
inner join labels
    on compared.group_number = labels.group_number
-- Nothing is compared where one of the two periods has no clock, or all were answered at once.
where compared.variance > 0
