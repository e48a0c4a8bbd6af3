-- One row: the instant the whole build is as of (MARTS, conventions), and the first local day with data. as_of
-- is the variable, else the latest instant at which something happened in the accepted raw rows; planned
-- instants (an end of service next year) do not move it, and the start of a subscription does only where nothing
-- else says how late it is.
with

happened as (

    select
        min(first_at) as first_at,
        max(last_at) as last_at,
        max(last_started_at) as last_started_at
    from (
        {% for relation, column in happened_columns() %}
        select
            min({{ column }}) as first_at,
            max({{ column }}) as last_at,
            cast(null as timestamp) as last_started_at
        from {{ relation }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
        union all
        select
            min(started_at) as first_at,
            cast(null as timestamp) as last_at,
            max(started_at) as last_started_at
        from {{ ref('stg_crm__subscriptions') }}
    ) as instants

),

clock as (

    select
        {% if var('as_of') is not none -%}
        cast({{ as_of_literal() }} as timestamp) as as_of,
        {%- else -%}
        cast(coalesce(last_at, last_started_at, timestamp '2000-01-01') as timestamp) as as_of,
        {%- endif %}
        first_at
    from happened

)

select
    as_of,
    {{ reporting_date('as_of') }} as as_of_date,
    {{ reporting_date('coalesce(first_at, as_of)') }} as first_date
from clock
