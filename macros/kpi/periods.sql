{# The four grains of a KPI period, as a relation with the column period_grain (MARTS, conventions). #}
{% macro period_grains() -%}
    (
        select cast('month' as {{ dbt.type_string() }}) as period_grain
        union all select 'quarter'
        union all select 'year'
        union all select 'all'
    )
{%- endmacro %}


{# First local day of the period of `grain` that holds a local date; of `all`, the first day of the data. #}
{% macro period_start(grain, date, first_month) -%}
    case {{ grain }}
        when 'month' then cast(date_trunc('month', {{ date }}) as date)
        when 'quarter' then cast(date_trunc('quarter', {{ date }}) as date)
        when 'year' then cast(date_trunc('year', {{ date }}) as date)
        else cast({{ first_month }} as date)
    end
{%- endmacro %}


{# The month of the earliest `date` of a relation, in which its period `all` begins: one row, first_month. #}
{% macro first_month(relation, date) -%}
    (
        select cast(date_trunc('month', min({{ date }})) as date) as first_month
        from {{ relation }} as dated
    )
{%- endmacro %}


{# First local day after a period; null for `all`, which has no end. #}
{% macro period_end(grain, start) -%}
    case {{ grain }}
        when 'month' then cast({{ dbt.dateadd('month', 1, start) }} as date)
        when 'quarter' then cast({{ dbt.dateadd('month', 3, start) }} as date)
        when 'year' then cast({{ dbt.dateadd('year', 1, start) }} as date)
    end
{%- endmacro %}


{% macro previous_period_start(grain, start) -%}
    case {{ grain }}
        when 'month' then cast({{ dbt.dateadd('month', -1, start) }} as date)
        when 'quarter' then cast({{ dbt.dateadd('month', -3, start) }} as date)
        when 'year' then cast({{ dbt.dateadd('year', -1, start) }} as date)
    end
{%- endmacro %}


{# False for a period that begins at the build's as_of itself: churns of that midnight are in it, and no time. #}
{% macro has_begun(start) -%}
    {{ start_of_reporting_date(start) }} < {{ as_of() }}
{%- endmacro %}


{#
    True while the period has not ended at the build's as_of, or its facts may still change for `settling_days` (SQL)
    after; `all` is never immature (CLARIFICATIONS D5).
#}
{% macro is_immature(grain, start, settling_days=0) -%}
    {%- set end = period_end(grain, start) -%}
    {%- if settling_days -%}{%- set end = date_plus(end, settling_days) -%}{%- endif -%}
    coalesce(
        {{ start_of_reporting_date(end) }} > {{ as_of() }}, false
    )
{%- endmacro %}
