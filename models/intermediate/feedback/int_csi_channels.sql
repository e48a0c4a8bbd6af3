-- One row per programme, period and group of channels in which the programme measures the index: the index there, and
-- the group's share of the contacts of the period and of the base year (METRICS §2.5.4). Shares are of the contacts in
-- groups that are measured at all; contact_coverage says how many of all contacts these are.
{%- set cell = ['programme', 'period_grain', 'period_start'] %}
{%- if var('csi_base_year') %}
{%- set base_year = "date '" ~ var('csi_base_year') ~ "-01-01'" %}
{%- else %}
{%- set base_year = "cast(date_trunc('year', contact_date) as date)" %}
{%- endif %}
with

channel_groups as (

    select * from {{ ref('channel_groups') }}

),

units as (

    select
        units.*,
        coalesce(channel_groups.channel_group, 'unknown') as channel_group
    from {{ ref('int_feedback_period_units') }} as units
    left join channel_groups
        on lower(units.channel) = channel_groups.channel
    where units.metric = 'csi_index'

),

scores as (

    select
        {{ cell | join(', ') }},
        channel_group,
        count(*) as base,
        {{ exact_sum('pomp') }} as pomp_sum,
        {{ exact_sum('pomp * pomp') }} as pomp_square_sum
    from units
    group by {{ cell | join(', ') }}, channel_group

),

groups as (

    select distinct
        programme,
        channel_group
    from scores

),

contacts as (

    select
        coalesce(channel_groups.channel_group, 'unknown') as channel_group,
        {{ reporting_date('touchpoints.occurred_at') }} as contact_date
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join channel_groups
        on lower(touchpoints.channel) = channel_groups.channel

),

base_year as (

    select min({{ base_year }}) as base_year from contacts

),

periods as (

    select distinct
        period_grain,
        period_start
    from scores

),

period_contacts as (

    select
        periods.period_grain,
        periods.period_start,
        contacts.channel_group,
        count(*) as contacts
    from periods
    inner join contacts
        on contacts.contact_date >= periods.period_start
        and contacts.contact_date < coalesce(
            {{ period_end('periods.period_grain', 'periods.period_start') }}, date '9999-12-31'
        )
    group by periods.period_grain, periods.period_start, contacts.channel_group

),

base_contacts as (

    select
        contacts.channel_group,
        count(*) as contacts
    from contacts
    cross join base_year
    where cast(date_trunc('year', contacts.contact_date) as date) = base_year.base_year
    group by contacts.channel_group

),

-- Every measured group in every period the programme has an index in: a group that is missing must be seen missing.
placed as (

    select distinct
        scores.programme,
        scores.period_grain,
        scores.period_start,
        groups.channel_group
    from scores
    inner join groups
        on scores.programme = groups.programme

),

joined as (

    select
        placed.*,
        coalesce(scores.base, 0) as base,
        scores.pomp_sum / scores.base as csi,
        {{ variance_of_sums('scores.pomp_sum', 'scores.pomp_square_sum', 'scores.base') }} as variance,
        coalesce(period_contacts.contacts, 0) as contacts,
        coalesce(base_contacts.contacts, 0) as base_contacts
    from placed
    left join scores
        on placed.programme = scores.programme
        and placed.period_grain = scores.period_grain
        and placed.period_start = scores.period_start
        and placed.channel_group = scores.channel_group
    left join period_contacts
        on placed.period_grain = period_contacts.period_grain
        and placed.period_start = period_contacts.period_start
        and placed.channel_group = period_contacts.channel_group
    left join base_contacts
        on placed.channel_group = base_contacts.channel_group

),

totals as (

    select
        period_grain,
        period_start,
        sum(contacts) as all_contacts
    from period_contacts
    group by period_grain, period_start

)

select
    joined.programme,
    joined.period_grain,
    joined.period_start,
    joined.channel_group,
    joined.base,
    joined.contacts,
    joined.csi,
    joined.variance,
    sqrt(joined.variance / nullif(joined.base, 0)) as standard_error,
    {{ share(
        'joined.contacts',
        'sum(joined.contacts) over (partition by joined.programme, joined.period_grain, joined.period_start)'
    ) }} as contact_share,
    {{ share(
        'joined.base_contacts',
        'sum(joined.base_contacts) over (partition by joined.programme, joined.period_grain, joined.period_start)'
    ) }} as base_year_share,
    {{ share(
        'sum(joined.contacts) over (partition by joined.programme, joined.period_grain, joined.period_start)',
        'totals.all_contacts'
    ) }} as contact_coverage
from joined
left join totals
    on joined.period_grain = totals.period_grain
    and joined.period_start = totals.period_start
