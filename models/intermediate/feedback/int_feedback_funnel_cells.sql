-- One row per survey (or `total` over surveys), programme (or `total`), sending period and breakdown: how many
-- invitations reached each step. Rates with a response window count mature invitations only, those whose window
-- is over at as_of, whatever has already come back (METRICS §0.2 rule 6).
{%- set dimensions = feedback_dimensions() | reject('in', ['team', 'office']) | list %}
{%- set measures = {
    'sent': 'true',
    'delivered': 'is_delivered',
    'started': 'is_started',
    'completed': 'is_completed',
    'scored': 'is_scored',
    'scored_late': 'is_scored_late',
    'opted_out': 'is_opted_out',
    'mature_sent': 'is_mature',
    'mature_delivered': 'is_mature and is_delivered',
    'mature_started': 'is_mature and is_started',
    'mature_completed': 'is_mature and is_completed',
    'mature_scored': 'is_mature and is_scored',
    'mature_opted_out': 'is_mature and is_delivered and is_opted_out',
    'immature_sent': 'not is_mature',
    'scorable': 'is_scorable',
} %}
with

invitations as (

    select
        invitations.*,
        survey_id as survey
    from {{ ref('int_feedback_invitations') }} as invitations

),

-- Invitations are counted once, by survey and month; everything else adds these counts up.
months as (

    select
        survey_id,
        programme,
        cast(date_trunc('month', sent_date) as date) as sent_month,
        {%- for name, condition in measures.items() %}
        count(*) filter (where {{ condition }}) as {{ name }},
        {%- endfor %}
        {{ breakdown_dimension(dimensions) }} as dimension,
        {{ breakdown_value(dimensions) }} as dimension_value
    from invitations
    {{ group_by_breakdowns(["survey_id", "programme", "cast(date_trunc('month', sent_date) as date)"], dimensions) }}

),

cohorts as (

    select
        months.*,
        grains.period_grain,
        {{ period_start('grains.period_grain', 'months.sent_month', 'first_months.first_month') }} as period_start
    from months
    cross join {{ period_grains() }} as grains
    cross join {{ first_month('months', 'sent_month') }} as first_months

)

{% for survey, programme, condition in [
    ('survey_id', "'total'", "dimension <> 'survey'"),
    ("'total'", "'total'", 'true'),
    ("'total'", 'programme', 'true'),
] %}
select
    cast({{ survey }} as {{ dbt.type_string() }}) as survey_id,
    cast({{ programme }} as {{ dbt.type_string() }}) as programme,
    period_grain,
    period_start,
    {%- for name in measures %}
    cast(sum({{ name }}) as bigint) as {{ name }},
    {%- endfor %}
    dimension,
    dimension_value
from cohorts
where {{ condition }}
group by
    cast({{ survey }} as {{ dbt.type_string() }}), cast({{ programme }} as {{ dbt.type_string() }}),
    period_grain, period_start, dimension, dimension_value
{{ 'union all' if not loop.last }}
{%- endfor %}
