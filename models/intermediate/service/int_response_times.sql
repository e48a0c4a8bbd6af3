-- One row per wait, clock, cohort period and breakdown: the Kaplan-Meier curve of the group read at its
-- quantiles, whatever its base (METRICS §4.0, CLARIFICATIONS D44).
--
-- Between two clocks that were cut off the product of the curve telescopes: with a clocks running at the first of m
-- that are cut off together it gains a / (a - m), and where n of n0 still run its value is n / n0 times all such gains.
-- Greenwood's sum telescopes likewise. So only clocks that were cut off need running sums.
{%- set tau = var('rmst_tau_minutes') %}
{%- set target = var('first_reply_target_minutes') %}
with

clocks as (

    select * from {{ ref('int_response_time_clocks') }}

),

members as (

    select * from {{ ref('int_ticket_attribute_members') }}

),

periods as (

    select * from {{ ref('int_response_time_periods') }}

),

-- What adds up is summed before clocks are laid over their groups. Sums are of decimals, so that they do not
-- depend on the order in which threads deliver the rows.
sums as (

    select
        wait,
        clock,
        kind_number,
        is_headline,
        cohort_month,
        attribute_set,
        count(*) as clocks,
        count(*) filter (where is_answered) as answered,
        max(minutes) as longest_minutes,
        sum(cast(minutes as decimal(28, 9))) filter (where is_answered) as answered_minutes,
        sum(cast(minutes * minutes as decimal(38, 6))) filter (where is_answered) as answered_squares
    from clocks
    group by wait, clock, kind_number, is_headline, cohort_month, attribute_set

),

groups as (

    select
        {{ wait_group_number('members', 'periods', 'sums') }} as group_number,
        sums.wait,
        sums.clock,
        sums.is_headline,
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
    inner join periods
        on sums.cohort_month = periods.cohort_month
    inner join members
        on sums.attribute_set = members.attribute_set
    group by
        {{ wait_group_number('members', 'periods', 'sums') }},
        sums.wait, sums.clock, sums.is_headline, periods.period_grain, periods.period_start,
        members.dimension, members.dimension_value

),

in_groups as (

    select
        {{ wait_group_number('members', 'periods', 'clocks') }} as group_number,
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
    groups.is_headline,
    coalesce(read_off.last_survival, 1) as last_survival
from groups
left join read_off
    on groups.group_number = read_off.group_number
