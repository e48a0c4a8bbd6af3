-- One row per rule of METRICS §13, action and table of customers, or about every table, that is counted here.
with

customers as (

    select
        *,
        count(*) over (partition by {{ reporting_date('acquired_at') }}) as acquired_that_day,
        count(*) over () as customer_count
    from {{ ref('stg_crm__customers') }}

),

segments as (

    select
        lower(segment) as segment,
        count(distinct segment) as spellings
    from customers
    where segment is not null
    group by lower(segment)

),

addresses as (

    select
        lower(email) as email,
        min(contact_id) as contact_id,
        count(distinct customer_id) as customer_count
    from {{ ref('stg_crm__contacts') }}
    where email is not null
    group by lower(email)

),

{% for system, table in raw_tables() %}
{%- set staging = ref('stg_' ~ system ~ '__' ~ table) %}
{%- set node = staging_node(system, table) %}
{%- set key = node.config.meta.raw.key if node else ['row_key'] %}
{%- set names = node.columns.keys() | list if node else ['row_key'] %}
{%- set age = ['updated_at'] if 'updated_at' in names else [] %}
-- Rows of one key with nothing to tell their age by, of which one is kept by its content.
{{ table }}_versions as (

    select
        {{ key_text(key, 'versions') }} as row_key,
        count(*) > 1 as is_undecided
    from (
        select distinct {{ quoted_names(names) | join(', ') }}
        from {{ judged_relation(staging) }} as judged
        where
            judged.row_verdict in ('accepted', 'superseded')
            and {{ key_text(key, 'judged') }} in (
                select {{ key_text(key, 'superseded') }} from {{ judged_relation(staging) }} as superseded
                where superseded.row_verdict = 'superseded'
            )
    ) as versions
    group by {{ (quoted_names(key) + age) | join(', ') }}

),
{% endfor %}
{%- set moments = {
    'helpdesk.tickets': 'created_at', 'surveys.responses': 'responded_at', 'crm.orders': 'ordered_at',
    'crm.touchpoints': 'occurred_at',
} %}
{%- for table, instant in moments.items() %}
latest_{{ table.split('.')[1] }} as (

    select max({{ instant }}) as last_at
    from {{ ref('stg_' ~ table.replace('.', '__')) }}
    having count(*) > 0

),
{% endfor %}
counts as (

    {{ rule_count('22', 'warn', 'crm.customers', 'segments', 'segment', 'spellings > 1') }}
    union all
    {{ rule_count('40', 'warn', 'crm.contacts', 'addresses', 'contact_id', 'customer_count > 1') }}
    union all
    {{ rule_count(
        '41', 'warn', 'crm.customers', 'customers', 'customer_id',
        'acquired_at is not null and acquired_that_day > 50 and acquired_that_day > 0.2 * customer_count'
    ) }}
    {%- for system, table in raw_tables() %}
    union all
    {{ rule_count('2', 'warn', system ~ '.' ~ table, table ~ '_versions', 'row_key', 'is_undecided') }}
    {%- endfor %}
    {%- for table in moments %}
    union all
    {{ rule_count(
        '44', 'warn', table, 'latest_' ~ table.split('.')[1], 'last_at',
        'last_at < ' ~ dbt.dateadd('hour', -48, as_of())
    ) }}
    {%- endfor %}

)

select * from counts
