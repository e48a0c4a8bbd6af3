-- One row per period that has begun or begins at as_of: the day it is opened on and the day it is closed on, both at
-- 00:00 (CLARIFICATIONS D52). A running period is closed at as_of and immature. The month before the first one is
-- there for customers whose service begins with the first day of the data; one that begins at as_of, for churns of
-- that very midnight, which are events of a period with a base and without a length (`has_begun` is false).
with

clock as (

    select
        as_of,
        as_of_date,
        cast(date_trunc('month', first_date) as date) as first_month
    from {{ ref('int_build_clock') }}

),

months as (

    select
        clock.as_of,
        clock.as_of_date,
        clock.first_month,
        cast({{ dbt.dateadd('month', 'whole_numbers.n - 1', 'clock.first_month') }} as date) as month
    from clock
    cross join {{ whole_numbers(4) }} as whole_numbers
    where whole_numbers.n - 1 <= {{ dbt.datediff('clock.first_month', 'clock.as_of_date', 'month') }}

),

periods as (

    select distinct
        grains.period_grain,
        {{ period_start('grains.period_grain', 'months.month', 'months.first_month') }} as period_start,
        months.as_of,
        months.as_of_date
    from months
    cross join {{ period_grains() }} as grains

)

select
    period_grain,
    period_start,
    period_start as opening_date,
    least(coalesce({{ period_end('period_grain', 'period_start') }}, as_of_date), as_of_date) as closing_date,
    {{ is_immature('period_grain', 'period_start') }} as is_immature,
    {{ has_begun('period_start') }} as has_begun
from periods
where {{ start_of_reporting_date('period_start') }} <= as_of
