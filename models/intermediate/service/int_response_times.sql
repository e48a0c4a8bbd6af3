-- One row per wait, clock, cohort period and breakdown: the Kaplan-Meier curve of the group read at its
-- quantiles, whatever its base (METRICS §4.0, CLARIFICATIONS D44). A clock belongs to 28 groups; a group is one
-- number on the way, for ordering by seven texts would cost most of the subject's time.
--
-- Between two clocks that were cut off the product of the curve telescopes: with a clocks running at the first of m
-- that are cut off together it gains a / (a - m), and where n of n0 still run its value is n / n0 times all such gains.
-- Greenwood's sum telescopes likewise. So only clocks that were cut off need running sums.
{%- set dimensions = ['team', 'office', 'channel', 'priority', 'topic', 'segment'] %}
{%- set tau = var('rmst_tau_minutes') %}
{%- set target = var('first_reply_target_minutes') %}
with

-- Every combination of attributes that tickets have, with its place in each breakdown.
attribute_sets as (

    select
        {{ dimensions | join(', ') }},
        row_number() over (order by {{ dimensions | join(', ') }}) as attribute_set
    from {{ ref('int_response_time_clocks') }}
    group by {{ dimensions | join(', ') }}

),

members as (

    select
        attribute_set,
        dimension,
        dimension_value,
        10000 * dense_rank() over (order by dimension, dimension_value) as member_number
    from (
        select
            attribute_set,
            'total' as dimension,
            'total' as dimension_value
        from attribute_sets
        {% for dimension in dimensions %}
        union all
        select
            attribute_set,
            '{{ dimension }}' as dimension,
            {{ dimension }} as dimension_value
        from attribute_sets
        {% endfor %}
    ) as all_members

),

cohorts as (

    select distinct
        cast(date_trunc('month', cohort_date) as date) as cohort_month,
        cast(date_trunc('month', min(cohort_date) over ()) as date) as first_month
    from {{ ref('int_response_time_clocks') }}

),

periods as (

    select
        cohort_month,
        period_grain,
        period_start,
        10 * dense_rank() over (order by period_grain, period_start) as period_number
    from (
        select
            cohorts.cohort_month,
            period_grains.period_grain,
            {{ period_start(
                'period_grains.period_grain', 'cohorts.cohort_month', 'cohorts.first_month'
            ) }} as period_start
        from cohorts
        cross join {{ period_grains() }} as period_grains
    ) as all_periods

),

kinds as (

    select
        waits.wait,
        two_clocks.clock,
        row_number() over (order by waits.wait, two_clocks.clock) - 1 as kind_number
    from (select distinct wait from {{ ref('int_response_time_clocks') }}) as waits
    cross join (
        select 'calendar' as clock
        union all
        select 'business' as clock
    ) as two_clocks

),

clocks as (

    select
        kinds.kind_number,
        cast(date_trunc('month', response_time_clocks.cohort_date) as date) as cohort_month,
        attribute_sets.attribute_set,
        response_time_clocks.is_answered,
        case kinds.clock
            when 'calendar' then response_time_clocks.calendar_minutes
            else response_time_clocks.business_minutes
        end as minutes
    from {{ ref('int_response_time_clocks') }} as response_time_clocks
    inner join kinds
        on response_time_clocks.wait = kinds.wait
    inner join attribute_sets
        on
        true
        {%- for dimension in dimensions %}
        and response_time_clocks.{{ dimension }} = attribute_sets.{{ dimension }}
        {%- endfor %}
    where kinds.clock = 'calendar' or response_time_clocks.business_minutes is not null

),

-- What adds up is summed before clocks are laid over their groups. Sums are of decimals, so that they do not
-- depend on the order in which threads deliver the rows.
sums as (

    select
        kind_number,
        cohort_month,
        attribute_set,
        count(*) as clocks,
        count(*) filter (where is_answered) as answered,
        max(minutes) as longest_minutes,
        sum(cast(minutes as decimal(28, 9))) filter (where is_answered) as answered_minutes,
        sum(cast(minutes * minutes as decimal(38, 6))) filter (where is_answered) as answered_squares
    from clocks
    group by kind_number, cohort_month, attribute_set

),

groups as (

    select
        members.member_number + periods.period_number + sums.kind_number as group_number,
        kinds.wait,
        kinds.clock,
        periods.period_grain,
        periods.period_start,
        members.dimension,
        members.dimension_value,
        sum(sums.clocks) as clocks,
        sum(sums.answered) as answered,
        max(sums.longest_minutes) as longest_minutes,
        cast(sum(sums.answered_minutes) as double precision) as answered_minutes,
        cast(sum(sums.answered_squares) as double precision) as answered_squares
    from sums
    inner join kinds
        on sums.kind_number = kinds.kind_number
    inner join periods
        on sums.cohort_month = periods.cohort_month
    inner join members
        on sums.attribute_set = members.attribute_set
    group by
        members.member_number + periods.period_number + sums.kind_number,
        kinds.wait, kinds.clock, periods.period_grain, periods.period_start,
        members.dimension, members.dimension_value

),

in_groups as (

    select
        members.member_number + periods.period_number + clocks.kind_number as group_number,
        clocks.minutes,
        clocks.is_answered
    from clocks
    inner join periods
        on clocks.cohort_month = periods.cohort_month
    inner join members
        on clocks.attribute_set = members.attribute_set

),

-- From the longest: how many run until here, itself included, and how many run on when all that end here have.
at_risk as (

    select
        group_number,
        minutes,
        is_answered,
        row_number() over from_the_longest as running,
        rank() over from_the_longest - 1 as remaining
    from in_groups
    window from_the_longest as (partition by group_number order by minutes desc, is_answered asc)

),

cut_off as (

    select
        group_number,
        minutes,
        is_answered,
        remaining,
        sum(case
            when not is_answered and running > 1 then ln(cast(running as double precision) / (running - 1))
            else 0
        end) over so_far as log_gain,
        sum(case
            when not is_answered and running > 1 then -1 / (cast(running as double precision) * (running - 1))
            else 0
        end) over so_far as greenwood_gain
    from at_risk
    window so_far as (
        partition by group_number order by running desc rows between unbounded preceding and current row
    )

),

curves as (

    select
        cut_off.group_number,
        cut_off.minutes,
        exp(cut_off.log_gain) / groups.clocks as step,
        cut_off.remaining * exp(cut_off.log_gain) / groups.clocks as survival,
        case
            when cut_off.remaining > 0
                then
                    1 / cast(cut_off.remaining as double precision) - 1 / cast(groups.clocks as double precision)
                    + cut_off.greenwood_gain
        end as greenwood
    from cut_off
    inner join groups
        on cut_off.group_number = groups.group_number
    where cut_off.is_answered

),

banded as (

    select
        *,
        {{ log_log_low('survival', 'greenwood') }} as survival_low,
        {{ log_log_high('survival', 'greenwood') }} as survival_high
    from curves

),

read_off as (

    select
        group_number,
        min(minutes) filter (where survival <= 0.5 + 1e-9) as median_minutes,
        min(minutes) filter (where survival_low <= 0.5 + 1e-9) as median_ci_low,
        min(minutes) filter (where survival_high <= 0.5 + 1e-9) as median_ci_high,
        min(minutes) filter (where survival <= 0.25 + 1e-9) as p75_minutes,
        min(minutes) filter (where survival <= 0.1 + 1e-9) as p90_minutes,
        min(minutes) filter (where survival_low <= 0.1 + 1e-9) as p90_ci_low,
        min(minutes) filter (where survival_high <= 0.1 + 1e-9) as p90_ci_high,
        -- The area under the curve up to tau: each step down counts for as long as the curve stood above it.
        cast(sum(cast(step * least(minutes, {{ tau }}) as decimal(28, 12))) as double precision) as stepped_area,
        min(survival) as last_survival,
        min(survival) filter (where minutes <= {{ target }}) as survival_at_target,
        max(greenwood) filter (where minutes <= {{ target }}) as greenwood_at_target
    from banded
    group by group_number

)

select
    groups.wait,
    groups.clock,
    groups.period_grain,
    groups.period_start,
    groups.dimension,
    groups.dimension_value,
    cast(groups.clocks as bigint) as tickets,
    cast(groups.answered as bigint) as answered,
    read_off.median_minutes,
    read_off.median_ci_low,
    read_off.median_ci_high,
    read_off.p75_minutes,
    read_off.p90_minutes,
    read_off.p90_ci_low,
    read_off.p90_ci_high,
    groups.answered_minutes / nullif(cast(groups.answered as double precision), 0) as mean_answered_minutes,
    coalesce(read_off.stepped_area, 0) + coalesce(read_off.last_survival, 1) * {{ tau }} as restricted_mean_minutes,
    -- Unbiased variance of the answered waits: the classical mean beside the curve (METRICS §4.1, conformance).
    greatest(0, (
        groups.answered_squares
        - power(groups.answered_minutes, 2) / nullif(cast(groups.answered as double precision), 0)
    ) / nullif(cast(groups.answered as double precision) - 1, 0)) as answered_variance,
    -- The curve at the target; beyond the longest wait that was cut off it is not known.
    case
        when groups.longest_minutes >= {{ target }} or read_off.last_survival = 0
            then coalesce(read_off.survival_at_target, 1.0)
    end as survival_at_target,
    {{ log_log_low('read_off.survival_at_target', 'read_off.greenwood_at_target') }} as survival_at_target_low,
    {{ log_log_high('read_off.survival_at_target', 'read_off.greenwood_at_target') }} as survival_at_target_high,
    case
        when read_off.survival_at_target > 0 and read_off.survival_at_target < 1
            then sqrt(read_off.greenwood_at_target)
    end as target_spread,
    groups.longest_minutes,
    coalesce(read_off.last_survival, 1) as last_survival
from groups
left join read_off
    on groups.group_number = read_off.group_number
