-- One row per wait, clock, cohort period and breakdown: the Kaplan-Meier curve of the group read at its
-- quantiles, whatever its base (METRICS §4.0, CLARIFICATIONS D44).
--
-- Between two clocks that were cut off the product of the curve telescopes: with a clocks running at the first of m
-- that are cut off together it gains a / (a - m), and where n of n0 still run its value is n / n0 times all such gains.
-- Greenwood's sum telescopes likewise. So only clocks that were cut off need running sums.
{%- set tau = var('rmst_tau_minutes') %}
{%- set target = var('first_reply_target_minutes') %}
{%- set cell_number = '(1000000000 * members.member_number + in_bins.bin_number)' %}
{%- set capped_sum -%}
    sum(cast(round(least(in_bins.minutes, {{ tau }}) * 60000000) as bigint)) filter (where in_bins.is_answered)
{%- endset %}
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

in_bins as (

    select
        clocks.attribute_set,
        clocks.minutes,
        clocks.is_answered,
        clocks.place,
        10000 * (10 * periods.period_number + clocks.kind_number) + cast(floor(clocks.place * periods.bins) as integer)
            as bin_number
    from clocks
    inner join periods
        on clocks.cohort_month = periods.cohort_month

),

cells as (

    select
        {{ cell_number }} as cell_number,
        count(*) as clocks,
        count(*) filter (where in_bins.is_answered) as answered,
        {{ capped_sum }} as capped_microseconds,
        min(in_bins.minutes) as shortest_minutes,
        max(in_bins.minutes) as minutes,
        max(in_bins.place) as place
    from in_bins
    inner join members
        on in_bins.attribute_set = members.attribute_set
    group by {{ cell_number }}

),

-- Where some ended and others were cut off their order within the bin matters.
mixed_cells as (

    select
        cell_number,
        cell_number % 1000000000 as bin_number
    from cells
    where
        answered > 0
        and answered < clocks

),

in_mixed_bins as (

    select * from in_bins
    where bin_number in (select mixed_cells.bin_number from mixed_cells)

),

-- From here on a piece is a cell in which all ended or all were cut off, or one duration of a mixed cell.
pieces as (

    select * from cells
    where
        answered = 0
        or answered = clocks

    union all

    select
        mixed_cells.cell_number,
        count(*) as clocks,
        count(*) filter (where in_bins.is_answered) as answered,
        {{ capped_sum }} as capped_microseconds,
        in_bins.minutes as shortest_minutes,
        in_bins.minutes,
        in_bins.place
    from in_mixed_bins as in_bins
    inner join members
        on in_bins.attribute_set = members.attribute_set
    inner join mixed_cells
        on {{ cell_number }} = mixed_cells.cell_number
    group by mixed_cells.cell_number, in_bins.minutes, in_bins.place

),

-- From the longest: how many run until here, the piece itself included.
at_risk as (

    select
        *,
        cast((cell_number - cell_number % 10000) / 10000 as bigint) as group_number,
        cast(sum(clocks) over (
            partition by cell_number - cell_number % 10000 order by place desc
            rows between unbounded preceding and current row
        ) as double precision) as running
    from pieces

),

gained as (

    select
        *,
        running - clocks as remaining,
        sum(case when answered = 0 and running > clocks then ln(running / (running - clocks)) else 0 end)
            over so_far as log_gain,
        sum(case when answered = 0 and running > clocks then 1 / running - 1 / (running - clocks) else 0 end)
            over so_far as greenwood_gain
    from at_risk
    window so_far as (
        partition by group_number order by running desc rows between unbounded preceding and current row
    )

),

-- The curve at the last wait of each piece that ended, and just before its first.
curve_ends as (

    select
        gained.*,
        groups.clocks as group_clocks,
        exp(gained.log_gain) / groups.clocks as step,
        gained.remaining * exp(gained.log_gain) / groups.clocks as survival,
        gained.running * exp(gained.log_gain) / groups.clocks as survival_before,
        case
            when gained.remaining > 0 then 1 / gained.remaining - 1 / cast(groups.clocks as double precision) + gained.greenwood_gain
        end as greenwood,
        1 / gained.running - 1 / cast(groups.clocks as double precision) + gained.greenwood_gain as greenwood_before
    from gained
    inner join groups
        on gained.group_number = groups.group_number
    where gained.answered > 0

),

-- Nothing is read inside a piece but where the curve passes a level or the target there.
passed as (

    select *
    from (
        select
            *,
            {{ log_log_low('survival_before', 'greenwood_before') }} as low_before,
            {{ log_log_low('survival', 'greenwood') }} as low,
            {{ log_log_high('survival_before', 'greenwood_before') }} as high_before,
            {{ log_log_high('survival', 'greenwood') }} as high
        from curve_ends
    ) as bands
    where
        shortest_minutes < minutes
        and (
            shortest_minutes <= {{ target }} and minutes > {{ target }}
            {%- for level in (0.5, 0.25, 0.1) %}
            or {{ curve_passes('survival_before', 'survival', level) }}
            {%- endfor %}
            {%- for level in (0.5, 0.1) %}
            or {{ curve_passes('low_before', 'low', level) }}
            or {{ curve_passes('high_before', 'high', level) }}
            {%- endfor %}
        )

),

in_passed_bins as (

    select * from in_bins
    where bin_number in (select passed.cell_number % 1000000000 from passed)

),

inside as (

    select
        passed.group_number,
        in_bins.minutes,
        passed.group_clocks,
        passed.step,
        passed.greenwood_gain,
        passed.remaining + rank() over (partition by passed.cell_number order by in_bins.place desc) - 1 as remaining
    from in_passed_bins as in_bins
    inner join members
        on in_bins.attribute_set = members.attribute_set
    inner join passed
        on {{ cell_number }} = passed.cell_number

),

curves as (

    select
        group_number,
        minutes,
        survival,
        greenwood,
        step * cast(capped_microseconds as double precision) / 60000000 as stepped_area
    from curve_ends

    union all

    select
        group_number,
        minutes,
        remaining * step as survival,
        1 / remaining - 1 / cast(group_clocks as double precision) + greenwood_gain as greenwood,
        0 as stepped_area
    from inside
    where remaining > 0

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
        cast(sum(cast(stepped_area as decimal(28, 12))) as double precision) as stepped_area,
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
