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

compared_periods as (

    select distinct
        current_periods.period_grain,
        current_periods.period_start,
        current_periods.period_number,
        previous_periods.period_start as previous_start
    from periods as current_periods
    inner join periods as previous_periods
        on current_periods.period_grain = previous_periods.period_grain
        and current_periods.period_start = {{ period_end(
            'previous_periods.period_grain', 'previous_periods.period_start'
        ) }}

),

-- Whole numbers below are double precision: as exact as integers, and DuckDB adds them up in a third of the time.
month_durations as (

    select
        {{ wait_curve_number('members', 'clocks') }} as curve_number,
        clocks.cohort_month as period_start,
        clocks.minutes,
        cast(count(*) as double precision) as leaving,
        cast(count(*) filter (where clocks.is_answered) as double precision) as answered
    from clocks
    inner join members
        on clocks.attribute_set = members.attribute_set
    group by {{ wait_curve_number('members', 'clocks') }}, clocks.cohort_month, clocks.minutes

),

-- Many wait equally long, so that a longer period is counted from what the shorter one has left.
{% for grain, shorter in [('quarter', 'month'), ('year', 'quarter')] -%}
{{ grain }}_durations as (

    select
        curve_number,
        {{ period_start("'" ~ grain ~ "'", 'period_start', 'null') }} as period_start,
        minutes,
        sum(leaving) as leaving,
        sum(answered) as answered
    from {{ shorter }}_durations
    group by curve_number, {{ period_start("'" ~ grain ~ "'", 'period_start', 'null') }}, minutes

),

{% endfor -%}
period_durations as (
    {% for grain in ['month', 'quarter', 'year'] %}
    select
        '{{ grain }}' as period_grain,
        period_start,
        curve_number,
        minutes,
        leaving,
        answered
    from {{ grain }}_durations
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% for side, start in [('current', 'period_start'), ('previous', 'previous_start')] -%}
{{ side }}_durations as (

    select
        durations.curve_number + 10 * compared_periods.period_number as group_number,
        durations.minutes,
        durations.leaving,
        durations.answered
    from period_durations as durations
    inner join compared_periods
        on durations.period_grain = compared_periods.period_grain
        and durations.period_start = compared_periods.{{ start }}

),

{% endfor -%}
durations as (

    select
        coalesce(current_durations.group_number, previous_durations.group_number) as group_number,
        coalesce(current_durations.minutes, previous_durations.minutes) as minutes,
        coalesce(current_durations.leaving, 0) + coalesce(previous_durations.leaving, 0) as leaving,
        coalesce(current_durations.leaving, 0) as current_leaving,
        coalesce(current_durations.answered, 0) + coalesce(previous_durations.answered, 0) as answered,
        coalesce(current_durations.answered, 0) as current_answered
    from current_durations
    full outer join previous_durations
        on current_durations.group_number = previous_durations.group_number
        and current_durations.minutes = previous_durations.minutes

),

at_risk as (

    select
        group_number,
        answered,
        current_answered,
        sum(leaving) over from_the_longest as running,
        sum(current_leaving) over from_the_longest as current_running
    from durations
    window from_the_longest as (
        partition by group_number order by minutes desc rows between unbounded preceding and current row
    )

),

compared as (

    select
        group_number,
        sum(current_answered) as observed,
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
