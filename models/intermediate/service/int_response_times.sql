-- One row per wait, clock, cohort period and breakdown: the Kaplan-Meier curve of the group read at its
-- quantiles, whatever its base (METRICS §4.0, CLARIFICATIONS D44).
--
-- Between two clocks that were cut off the product of the curve telescopes: where r run, one that is cut off gains
-- r / (r - 1), and where n of n0 still run the curve is n / n0 times all gains so far. Greenwood's sum telescopes
-- likewise. So the order of clocks that ended matters only to those cut off among them, and to what is read: clocks are
-- counted by group and bin of the durations of their kind, and looked at one by one only in the bins where some ended
-- and others were cut off, and in those where a curve comes down to a level that is read.
{%- set tau = var('rmst_tau_minutes') %}
{%- set target = var('first_reply_target_minutes') %}
{%- set cell_number = '(1000000000 * members.member_number + clocks.bin_number)' %}
with

-- The more clocks there are, the finer their curves are counted; a bin holds some of each kind also in small data.
bins as (

    select least(9000, 1 + floor(sqrt(count(*) / 150.0))) as bins
    from {{ ref('int_response_time_clocks') }}

),

clocks as (

    select
        clocks.*,
        cast(floor(clocks.place * bins.bins) as integer) as bin
    from {{ ref('int_response_time_clocks') }} as clocks
    cross join bins

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

group_sums as (

    select
        members.member_number,
        periods.period_number,
        sums.kind_number,
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
    group by members.member_number, periods.period_number, sums.kind_number

),

groups as (

    select
        {{ wait_group_number('group_sums', 'group_sums', 'group_sums') }} as group_number,
        kinds.wait,
        kinds.clock,
        kinds.is_headline,
        named_periods.period_grain,
        named_periods.period_start,
        named_members.dimension,
        named_members.dimension_value,
        group_sums.clocks,
        group_sums.answered,
        group_sums.longest_minutes,
        group_sums.answered_minutes,
        group_sums.answered_squares
    from group_sums
    inner join (
        select distinct
            kind_number,
            wait,
            clock,
            is_headline
        from sums
    ) as kinds
        on group_sums.kind_number = kinds.kind_number
    inner join (
        select distinct
            period_number,
            period_grain,
            period_start
        from periods
    ) as named_periods
        on group_sums.period_number = named_periods.period_number
    inner join (
        select distinct
            member_number,
            dimension,
            dimension_value
        from members
    ) as named_members
        on group_sums.member_number = named_members.member_number

),

-- Counted by month, and what a longer period holds is added up.
month_cells as (

    select
        1000000000 * members.member_number + 10000 * clocks.kind_number + clocks.bin as curve_bin_number,
        clocks.cohort_month,
        count(*) as clocks,
        count(*) filter (where clocks.is_answered) as answered,
        sum(case
            when clocks.is_answered then cast(round(least(clocks.minutes, {{ tau }}) * 60000000) as bigint)
        end) as capped_microseconds,
        min(case when clocks.is_answered then clocks.minutes end) as first_minutes,
        max(case when clocks.is_answered then clocks.minutes end) as last_minutes
    from clocks
    inner join members
        on clocks.attribute_set = members.attribute_set
    group by 1000000000 * members.member_number + 10000 * clocks.kind_number + clocks.bin, clocks.cohort_month

),

cells as (

    select
        month_cells.curve_bin_number + 100000 * periods.period_number as cell_number,
        cast(sum(month_cells.clocks) as double precision) as clocks,
        cast(sum(month_cells.answered) as double precision) as answered,
        cast(sum(month_cells.capped_microseconds) as double precision) as capped_microseconds,
        min(month_cells.first_minutes) as first_minutes,
        max(month_cells.last_minutes) as last_minutes
    from month_cells
    inner join periods
        on month_cells.cohort_month = periods.cohort_month
    group by month_cells.curve_bin_number + 100000 * periods.period_number

),

-- A clock in each period of its month, where single clocks are looked for.
in_periods as not materialized (

    select
        clocks.attribute_set,
        clocks.minutes,
        clocks.is_answered,
        clocks.place,
        100000 * periods.period_number + 10000 * clocks.kind_number + clocks.bin as bin_number
    from clocks
    inner join periods
        on clocks.cohort_month = periods.cohort_month

),

-- From the longest: how many run until the cell begins, its own included, and how many run on when it ends.
at_risk as (

    select
        *,
        running - clocks as remaining
    from (
        select
            *,
            cast((cell_number - cell_number % 10000) / 10000 as bigint) as group_number,
            sum(clocks) over (
                partition by cell_number - cell_number % 10000 order by cell_number desc
                rows between unbounded preceding and current row
            ) as running
        from cells
    ) as counted

),

mixed_cells as (

    select
        cell_number,
        cell_number % 1000000000 as bin_number,
        running
    from at_risk
    where
        answered > 0
        and answered < clocks

),

in_mixed_bins as (

    select * from in_periods
    where bin_number in (select mixed_cells.bin_number from mixed_cells)

),

mixed_clocks as (

    select
        mixed_cells.cell_number,
        clocks.minutes,
        clocks.is_answered,
        mixed_cells.running + 1 - row_number() over (partition by mixed_cells.cell_number order by clocks.place)
            as running
    from in_mixed_bins as clocks
    inner join members
        on clocks.attribute_set = members.attribute_set
    inner join mixed_cells
        on {{ cell_number }} = mixed_cells.cell_number

),

mixed_gains as (

    select
        *,
        sum(case when not is_answered and running > 1 then ln(running / (running - 1)) else 0 end) over (
            partition by cell_number order by running desc rows between unbounded preceding and current row
        ) as log_gain
    from mixed_clocks

),

-- Sums are of decimals, so that they do not depend on the order in which threads deliver the rows.
mixed_sums as (

    select
        cell_number,
        max(log_gain) as log_gain,
        cast(sum(case
            when not is_answered and running > 1
                then cast(1 / running - 1 / (running - 1) as decimal(38, 18))
        end) as double precision) as greenwood_gain,
        cast(sum(case
            when is_answered then cast(exp(log_gain) * least(minutes, {{ tau }}) as decimal(28, 12))
        end) as double precision) as gained_minutes
    from mixed_gains
    group by cell_number

),

gains as (

    select
        at_risk.*,
        case
            when at_risk.answered = 0 and at_risk.remaining > 0 then ln(at_risk.running / at_risk.remaining)
            else coalesce(mixed_sums.log_gain, 0)
        end as log_gain,
        case
            when at_risk.answered = 0 and at_risk.remaining > 0 then 1 / at_risk.running - 1 / at_risk.remaining
            else coalesce(mixed_sums.greenwood_gain, 0)
        end as greenwood_gain,
        coalesce(
            mixed_sums.gained_minutes, at_risk.capped_microseconds / 60000000, 0
        ) as gained_minutes
    from at_risk
    left join mixed_sums
        on at_risk.cell_number = mixed_sums.cell_number

),

gained as (

    select
        *,
        coalesce(sum(log_gain) over cells_before, 0) as log_before,
        coalesce(sum(greenwood_gain) over cells_before, 0) as greenwood_before
    from gains
    window cells_before as (
        partition by group_number order by cell_number rows between unbounded preceding and 1 preceding
    )

),

-- The curve before the first wait of each cell that ended, and after its last.
cell_curves as (

    select
        gained.*,
        cast(groups.clocks as double precision) as group_clocks,
        gained.running * exp(gained.log_before) / groups.clocks as survival_before,
        gained.remaining * exp(gained.log_before + gained.log_gain) / groups.clocks as survival,
        1 / gained.running - 1 / cast(groups.clocks as double precision) + gained.greenwood_before
            as greenwood_at_start,
        1 / nullif(gained.remaining, 0) - 1 / cast(groups.clocks as double precision)
        + gained.greenwood_before + gained.greenwood_gain as greenwood,
        exp(gained.log_before) / groups.clocks * gained.gained_minutes as stepped_area,
        -- A curve whose longest clocks were cut off ends above 0.
        gained.remaining = 0 and gained.answered < gained.clocks as is_open_end
    from gained
    inner join groups
        on gained.group_number = groups.group_number
    where gained.answered > 0

),

cell_bands as (

    select
        *,
        {{ log_log_low('survival_before', 'greenwood_at_start') }} as low_before,
        {{ log_log_high('survival_before', 'greenwood_at_start') }} as high_before,
        {{ log_log_low('survival', 'greenwood') }} as low,
        -- Where few are left of many, a wait that ends lets the upper band rise: in a cell it may have been lower than
        -- at its end, but not lower than with the curve of the end and the variance of the beginning.
        {{ log_log_high('survival', 'greatest(greenwood_at_start, 0)') }} as lowest_high
    from cell_curves

),

-- Within a cell nothing is read but where the curve comes down to a level there, passes the target or ends.
cells_read as (

    select * from cell_bands
    where
        is_open_end
        or first_minutes < last_minutes and (
            first_minutes <= {{ target }} and last_minutes > {{ target }}
            {%- for level in (0.5, 0.25, 0.1) %}
            or {{ curve_passes('survival_before', 'survival', level) }}
            {%- endfor %}
            {%- for level in (0.5, 0.1) %}
            or {{ curve_passes('low_before', 'low', level) }}
            or {{ curve_passes('high_before', 'lowest_high', level) }}
            {%- endfor %}
        )

),

in_bins_read as (

    select * from in_periods
    where bin_number in (select cells_read.cell_number % 1000000000 from cells_read)

),

clocks_read as (

    select
        cells_read.cell_number,
        cells_read.group_number,
        cells_read.group_clocks,
        cells_read.log_before,
        cells_read.greenwood_before,
        clocks.minutes,
        clocks.is_answered,
        cells_read.remaining + row_number() over from_the_longest as running,
        cells_read.remaining + rank() over from_the_longest - 1 as remaining
    from in_bins_read as clocks
    inner join members
        on clocks.attribute_set = members.attribute_set
    inner join cells_read
        on {{ cell_number }} = cells_read.cell_number
    window from_the_longest as (partition by cells_read.cell_number order by clocks.place desc)

),

gains_read as (

    select
        *,
        log_before
        + sum(case when not is_answered and running > 1 then ln(running / (running - 1)) else 0 end) over so_far
            as log_gain,
        greenwood_before
        + sum(case when not is_answered and running > 1 then 1 / running - 1 / (running - 1) else 0 end) over so_far
            as greenwood_gain
    from clocks_read
    window so_far as (
        partition by cell_number order by running desc rows between unbounded preceding and current row
    )

),

curves as (

    select
        group_number,
        last_minutes as minutes,
        case when not is_open_end then survival end as survival,
        case when not is_open_end then greenwood end as greenwood,
        stepped_area
    from cell_curves

    union all

    select
        group_number,
        minutes,
        remaining * exp(log_gain) / group_clocks as survival,
        1 / nullif(remaining, 0) - 1 / group_clocks + greenwood_gain as greenwood,
        0 as stepped_area
    from gains_read
    where is_answered

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
