{#
    The band of a customer's tenure on a day: completed months since the relationship began. Names sort in the
    order of time. `started` and `day` are SQL dates.
#}
{% macro tenure_band(started, day) -%}
    case
        when {{ day }} < {{ dbt.dateadd('month', 3, started) }} then '00-02 months'
        when {{ day }} < {{ dbt.dateadd('month', 12, started) }} then '03-11 months'
        when {{ day }} < {{ dbt.dateadd('month', 24, started) }} then '12-23 months'
        when {{ day }} < {{ dbt.dateadd('month', 60, started) }} then '24-59 months'
        when {{ day }} >= {{ dbt.dateadd('month', 60, started) }} then '60+ months'
    end
{%- endmacro %}


{#
    How many months after `started` its first monthly anniversary on or after `day` is; the anniversary of the 31st
    is the last of a shorter month. Both SQL dates, `day` not before `started`.
#}
{% macro first_anniversary(started, day) -%}
    (
        {{ dbt.datediff(started, day, 'month') }}
        + case
            when {{ dbt.dateadd('month', dbt.datediff(started, day, 'month'), started) }} < {{ day }} then 1
            else 0
        end
    )
{%- endmacro %}


{# The month of tenure a day of tenure falls in, from 0: days 1 to 30, 31 to 60, 61 to 91 … of a year of 365.25. #}
{% macro tenure_month(day) -%}
    (cast(ceil({{ day }} * 16 / cast(487 as double precision)) as bigint) - 1)
{%- endmacro %}
