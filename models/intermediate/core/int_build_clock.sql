-- One row: the instant the whole build is as of (MARTS, conventions). The variable as_of, else the latest
-- instant at which something happened in the accepted raw rows; planned instants (an end of service next
-- year) do not move it.
with

clock as (

    {% if var('as_of') is not none %}
    select {{ as_of_literal() }} as as_of
    {% else %}
    select max(happened_at) as as_of
    from (
        {% for relation, column in happened_columns() %}
        select max({{ column }}) as happened_at from {{ relation }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as latest
    {% endif %}

)

select
    cast(coalesce(as_of, timestamp '2000-01-01') as timestamp) as as_of,
    {{ reporting_date("cast(coalesce(as_of, timestamp '2000-01-01') as timestamp)") }} as as_of_date
from clock
