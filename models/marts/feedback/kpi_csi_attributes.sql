-- One row per programme, attribute, period and breakdown with at least one vote: satisfaction, how important
-- people say it is, how important it proves to be, and where the two put it (METRICS §2.5.1, §2.5.6, §2.5.7).
{%- set keys = ['programme', 'attribute', 'period_grain', 'period_start', 'dimension', 'dimension_value'] %}
{%- set cell = ['programme', 'period_grain', 'period_start', 'dimension', 'dimension_value'] %}
with

satisfied as (

    select
        {{ keys | join(', ') }},
        units as base,
        pomp_sum / units as satisfaction,
        {{ variance_of_sums('pomp_sum', 'pomp_square_sum', 'units') }} as satisfaction_variance
    from {{ ref('int_feedback_cells') }}
    where metric = 'csi' and attribute is not null

),

stated as (

    select
        {{ keys | join(', ') }},
        units as importance_base,
        pomp_sum / units as importance_stated,
        {{ variance_of_sums('pomp_sum', 'pomp_square_sum', 'units') }} as importance_variance
    from {{ ref('int_feedback_cells') }}
    where metric = 'csi_importance'

),

derived as (

    select * from {{ ref('int_csi_derived_importance') }}

),

estimated as (

    select
        satisfied.*,
        stated.importance_base,
        stated.importance_stated,
        derived.complete_cases,
        derived.importance_derived,
        {{ mean_low('satisfied.satisfaction', 'satisfied.satisfaction_variance', 'satisfied.base') }}
            as satisfaction_low,
        {{ mean_high('satisfied.satisfaction', 'satisfied.satisfaction_variance', 'satisfied.base') }}
            as satisfaction_high,
        {{ mean_low('stated.importance_stated', 'stated.importance_variance', 'stated.importance_base') }}
            as importance_low,
        {{ mean_high('stated.importance_stated', 'stated.importance_variance', 'stated.importance_base') }}
            as importance_high
    from satisfied
    left join stated
        on
        true
        {% for key in keys -%}
        and satisfied.{{ key }} = stated.{{ key }}
        {% endfor %}
    left join derived
        on
        true
        {% for key in keys -%}
        and satisfied.{{ key }} = derived.{{ key }}
        {% endfor %}

),

-- The lines that cut the matrix are the plain means over the attributes of the cell.
cut as (

    select
        estimated.*,
        cast(
            avg(cast(satisfaction as decimal(18, 10))) over (partition by {{ cell | join(', ') }})
            as double precision
        ) as satisfaction_cut,
        cast(
            avg(cast(importance_stated as decimal(18, 10))) over (partition by {{ cell | join(', ') }})
            as double precision
        ) as importance_cut,
        base < {{ var('min_base_publish') }} as is_hidden
    from estimated

),

placed as (

    select
        cut.*,
        is_hidden or coalesce(importance_base < {{ var('min_base_publish') }}, true) as is_importance_hidden,
        case
            when importance_stated >= importance_cut and satisfaction >= satisfaction_cut then 'keep'
            when importance_stated >= importance_cut then 'concentrate'
            when importance_stated < importance_cut and satisfaction >= satisfaction_cut then 'possible_overkill'
            when importance_stated < importance_cut then 'low_priority'
        end as point_quadrant,
        satisfaction_low > satisfaction_cut
        or satisfaction_high < satisfaction_cut as is_satisfaction_clear,
        importance_low > importance_cut or importance_high < importance_cut as is_importance_clear
    from cut

)

select
    programme,
    attribute,
    period_grain,
    period_start,
    dimension,
    dimension_value,
    base,
    importance_base,
    complete_cases,
    cast(case when not is_hidden then satisfaction end as double precision) as satisfaction,
    cast(case when not is_hidden then satisfaction_low end as double precision) as ci_low,
    cast(case when not is_hidden then satisfaction_high end as double precision) as ci_high,
    cast(case when not is_importance_hidden then importance_stated end as double precision) as importance_stated,
    cast(case when not is_importance_hidden then importance_low end as double precision) as importance_ci_low,
    cast(case when not is_importance_hidden then importance_high end as double precision) as importance_ci_high,
    cast(case when not is_hidden then importance_derived end as double precision) as importance_derived,
    cast(case when not is_importance_hidden then importance_stated - satisfaction end as double precision) as gap,
    cast(case when not is_hidden then satisfaction_cut end as double precision) as satisfaction_cut,
    cast(case when not is_importance_hidden then importance_cut end as double precision) as importance_cut,
    case when not is_importance_hidden then point_quadrant end as point_quadrant,
    case
        when is_importance_hidden then null
        when coalesce(is_satisfaction_clear and is_importance_clear, false) then point_quadrant
        else 'undetermined'
    end as quadrant,
    {{ publish_status('base', 'is_hidden', is_immature('period_grain', 'period_start')) }} as publish_status
from placed
