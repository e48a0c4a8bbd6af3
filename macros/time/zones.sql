{#
    The two directions between an instant (UTC timestamp) and a zone's wall clock, over the engine's own IANA
    rules (METRICS §0.2): a wall time that happens twice takes its second, standard-time reading; one that is
    skipped moves forward by the gap. `zone` is a name, or with zone_is_sql the SQL of one.
#}

{% macro local_to_utc(local, zone, zone_is_sql=false) %}
    {{- adapter.dispatch('local_to_utc', 'cx_warehouse')(local, zone, zone_is_sql) -}}
{% endmacro %}

{% macro default__local_to_utc(local, zone, zone_is_sql) -%}
    {%- if not zone_is_sql and zone == 'UTC' -%}
        {{ local }}
    {%- else -%}
        ((({{ local }}) at time zone {{ zone if zone_is_sql else "'" ~ zone ~ "'" }}) at time zone 'UTC')
    {%- endif -%}
{%- endmacro %}


{% macro utc_to_local(instant, zone, zone_is_sql=false) %}
    {{- adapter.dispatch('utc_to_local', 'cx_warehouse')(instant, zone, zone_is_sql) -}}
{% endmacro %}

{% macro default__utc_to_local(instant, zone, zone_is_sql) -%}
    {%- if not zone_is_sql and zone == 'UTC' -%}
        {{ instant }}
    {%- else -%}
        ((({{ instant }}) at time zone 'UTC') at time zone {{ zone if zone_is_sql else "'" ~ zone ~ "'" }})
    {%- endif -%}
{%- endmacro %}


{# The local date of an instant in the reporting zone: what decides its period. #}
{% macro reporting_date(instant) -%}
    cast({{ utc_to_local(instant, var('reporting_time_zone')) }} as date)
{%- endmacro %}


{# The instant a local date of the reporting zone begins. #}
{% macro start_of_reporting_date(date) -%}
    {{ local_to_utc('cast(' ~ date ~ ' as timestamp)', var('reporting_time_zone')) }}
{%- endmacro %}


{# The variable as_of as a UTC timestamp literal; without an offset it is in the source zone. #}
{% macro as_of_literal() -%}
    {{ instant_from_source("'" ~ var('as_of') ~ "'") }}
{%- endmacro %}


{# The one instant the whole build is as of. #}
{% macro as_of() -%}
    (select as_of from {{ ref('int_build_clock') }})
{%- endmacro %}
