-- One row per rule of METRICS §13, action and table of customers, or about every table, that is counted here.
with

customers as (

    select
        *,
        count(*) over (partition by {{ reporting_date('acquired_at') }}) as acquired_that_day,
        count(*) over () as customer_count
    from {{ ref('stg_crm__customers') }}

),

spellings as (

    {{ spellings_of(
        'customers',
        ['segment', 'persona', 'industry', 'country', 'region', 'city', 'language', 'acquisition_channel']
    ) }}

),

addresses as (

    select
        email,
        min(contact_id) as contact_id,
        count(distinct customer_id) as customer_count
    from {{ ref('stg_crm__contacts') }}
    where email is not null
    group by email

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
    'crm.touchpoints': 'occurred_at', 'web.sessions': 'started_at',
} %}
{%- set volumes = dict(moments, **{
    'helpdesk.ticket_events': 'occurred_at', 'helpdesk.ticket_messages': 'sent_at', 'surveys.invitations': 'sent_at',
    'voice.reviews': 'posted_at', 'voice.mentions': 'posted_at', 'web.events': 'occurred_at',
}) %}
{%- set zoned = volumes.keys() | list + [
    'crm.customers', 'crm.contacts', 'crm.subscriptions', 'crm.subscription_changes', 'crm.cancellations',
    'crm.employees', 'surveys.answers', 'surveys.followups', 'voice.research_findings', 'initiatives.initiatives',
] %}
{%- for table, instant in moments.items() %}
latest_{{ table.split('.')[1] }} as (

    select max({{ instant }}) as last_at
    from {{ ref('stg_' ~ table.replace('.', '__')) }}
    having count(*) > 0

),
{% endfor %}
counts as (

    {%- for table, key in [('customers', 'customer_id'), ('contacts', 'contact_id'), ('employees', 'employee_id')] %}
    {{ rule_count(
        '20', 'warn', 'crm.' ~ table, ref('stg_crm__' ~ table) ~ ' as delivered', key, key ~ " like '%@%'"
    ) }}
    union all
    {%- endfor %}
    {{ rule_count('22', 'warn', 'crm.customers', 'spellings', 'example', 'spellings > 1') }}
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
    {%- for table in zoned %}
    union all
    {{ rule_count(
        '6', 'note', table, raw_zones(table.split('.')[0], table.split('.')[1]) ~ ' as zones', 'row_key', 'is_naive'
    ) }}
    {%- endfor %}
    {%- for table, instant in volumes.items() %}
    union all
    {{ rule_count(
        '43', 'warn', table, last_day_of(ref('stg_' ~ table.replace('.', '__')), instant) ~ ' as last_day', 'day',
        'last_rows < 0.3 * usual_rows or last_rows > 3 * usual_rows'
    ) }}
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
