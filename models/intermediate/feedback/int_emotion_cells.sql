-- One row per programme, emotion (`any` for all of them), period and breakdown with a response to the question: how
-- many chose the emotion, and, of `any`, how many responses were positive and negative on the whole (METRICS §2.6).
{%- set dimensions = ['segment', 'channel', 'touchpoint', 'stage', 'survey'] %}
{%- set keys = ['programme', 'emotion', 'period_grain', 'period_start'] %}
with

emotions as (

    select * from {{ ref('int_emotions') }}

),

choices as (

    select * from emotions
    union all
    select
        response_id,
        'any' as emotion,
        programme,
        segment,
        channel,
        touchpoint,
        stage,
        survey,
        response_valence as valence,
        response_valence,
        emotion_number,
        responded_date
    from emotions
    where emotion_number = 1

),

placed as (

    select
        choices.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'choices.responded_date', 'first_months.first_month') }}
            as period_start
    from choices
    cross join {{ period_grains() }} as grains
    cross join {{ first_month('emotions', 'responded_date') }} as first_months

),

counted as (

    select
        {{ keys | join(', ') }},
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value,
        count(*) as chosen,
        count(valence) as judged,
        count(*) filter (where valence = 1) as positives,
        count(*) filter (where valence = -1) as negatives
    from placed
    {{ group_by_breakdowns(keys, dimensions) }}

)

select
    counted.*,
    bases.chosen as base
from counted
inner join counted as bases
    on counted.programme = bases.programme
    and bases.emotion = 'any'
    and counted.period_grain = bases.period_grain
    and counted.period_start = bases.period_start
    and counted.dimension = bases.dimension
    and counted.dimension_value = bases.dimension_value
