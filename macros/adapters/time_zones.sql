{# The IANA zones the engine knows, as a relation with the column time_zone. #}
{% macro known_time_zones() %}
    {{- return(adapter.dispatch('known_time_zones', 'cx_warehouse')()) -}}
{% endmacro %}

{% macro duckdb__known_time_zones() %}
    {{- return('(select name as time_zone from pg_timezone_names())') -}}
{% endmacro %}

{% macro postgres__known_time_zones() %}
    {{- return('(select name as time_zone from pg_timezone_names)') -}}
{% endmacro %}
