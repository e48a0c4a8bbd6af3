-- One row per kind of mention, what is mentioned, period and breakdown: the churn events that mention it, of those that
-- mention anything of its kind. Reasons are primary or contributing, competitors named by whoever left (METRICS §3.9);
-- an event can mention several, so the shares of a kind add up to more than 1. Events are counted in the cells of their
-- month first: periods and breakdowns are sums of those.
{%- set dimensions = churn_dimensions() %}
{%- set breakdown = ['period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

clock as (

    select cast(date_trunc('month', first_date) as date) as first_month from {{ ref('int_build_clock') }}

),

mentions as (

    select distinct
        'reason' as kind,
        customer_id,
        spell_number,
        reason as mention
    from {{ ref('int_churn_reason_evidence') }}

    union all

    select
        'competitor' as kind,
        customer_id,
        spell_number,
        competitor as mention
    from {{ ref('int_churn_competitors') }}

),

mentioned as (

    select
        mentions.kind,
        mentions.mention,
        mentions.customer_id,
        mentions.spell_number,
        churns.profile_id,
        churns.tenure_band,
        case when mentions.kind = 'reason' and mentions.mention = churns.reason then 1 else 0 end as is_primary,
        churns.mrr_lost,
        cast(date_trunc('month', churns.churn_date) as date) as month,
        row_number() over (
            partition by mentions.customer_id, mentions.spell_number, mentions.kind order by mentions.mention
        ) as mention_number
    from mentions
    inner join {{ ref('int_churns') }} as churns
        on mentions.customer_id = churns.customer_id
        and mentions.spell_number = churns.spell_number

),

-- What is not named is the whole kind: each event once, by its first mention.
cells as (

    select
        kind,
        mention,
        month,
        profile_id,
        tenure_band,
        count(*) as mentions,
        sum(is_primary) as primary_mentions,
        sum(mrr_lost) as mrr_lost
    from mentioned
    group by kind, mention, month, profile_id, tenure_band

    union all

    select
        kind,
        cast(null as {{ dbt.type_string() }}) as mention,
        month,
        profile_id,
        tenure_band,
        count(*) as mentions,
        sum(is_primary) as primary_mentions,
        sum(mrr_lost) as mrr_lost
    from mentioned
    where mention_number = 1
    group by kind, month, profile_id, tenure_band

),

described as (

    select
        cells.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'cells.month', 'clock.first_month') }} as period_start,
        profiles.segment,
        profiles.persona,
        profiles.region,
        profiles.country,
        profiles.plan,
        profiles.product,
        profiles.acquisition_channel
    from cells
    inner join {{ ref('int_churn_profiles') }} as profiles
        on cells.profile_id = profiles.profile_id
    cross join {{ period_grains() }} as grains
    cross join clock

),

sums as (

    select
        period_grain,
        period_start,
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        kind,
        mention,
        cast(sum(mentions) as bigint) as mentions,
        cast(sum(primary_mentions) as bigint) as primary_mentions,
        cast(sum(mrr_lost) as decimal(18, 4)) as mrr_lost
    from described
    {{ group_by_breakdowns(['period_grain', 'period_start', 'kind', 'mention'], dimensions) }}

)

select
    {% for column in breakdown -%}
    named.{{ column }},
    {% endfor -%}
    named.kind,
    named.mention,
    bases.mentions as base,
    named.mentions,
    named.primary_mentions,
    {{ share('named.mentions', 'bases.mentions') }} as share,
    {{ wilson_low('named.mentions', 'bases.mentions') }} as ci_low,
    {{ wilson_high('named.mentions', 'bases.mentions') }} as ci_high,
    named.mrr_lost,
    bases.mentions < {{ var('min_base_publish') }} as is_suppressed
from sums as named
inner join sums as bases
    on
    {%- for column in breakdown %}
    named.{{ column }} = bases.{{ column }} and
    {%- endfor %}
    named.kind = bases.kind
    and bases.mention is null
where named.mention is not null
