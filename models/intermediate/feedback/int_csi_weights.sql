-- One row per programme, calendar year and attribute: its share of the index (METRICS §2.5.2, CLARIFICATIONS
-- D20). Stated weights are the mean of every valid importance answer of the year, frozen for all its periods, so
-- the index moves only when satisfaction does; a year in which nobody stated an importance weighs equally. With
-- csi_weights = derived the weights are the year's imp_r2, where it has cases enough, else as if stated.
with

answers as (

    select
        answers.*,
        cast(date_trunc('year', responded_date) as date) as year_start
    from {{ ref('int_feedback_answers') }} as answers
    where metric in ('csi', 'csi_importance')

),

years as (

    select distinct
        programme,
        year_start
    from answers

),

asked as (

    select distinct
        programme,
        attribute
    from {{ ref('int_feedback_questions') }}
    where metric = 'csi' and attribute is not null

),

stated as (

    select
        programme,
        year_start,
        attribute,
        cast(sum(score) as double precision) / count(*) as importance
    from answers
    where metric = 'csi_importance' and '{{ var("csi_weights") }}' <> 'equal'
    group by programme, year_start, attribute

),

case_sums as (

    select
        programme,
        cast(date_trunc('year', responded_date) as date) as year_start,
        attribute,
        max(attributes) as attributes,
        count(*) as n,
        {{ exact_sum('pomp') }} as x,
        {{ exact_sum('overall') }} as y,
        {{ exact_sum('pomp * pomp') }} as xx,
        {{ exact_sum('overall * overall') }} as yy,
        {{ exact_sum('pomp * overall') }} as xy
    from {{ ref('int_csi_cases') }}
    where '{{ var("csi_weights") }}' = 'derived'
    group by programme, cast(date_trunc('year', responded_date) as date), attribute

),

derived as (

    select
        programme,
        year_start,
        attribute,
        power(coalesce({{ correlation_of_sums('x', 'y', 'xx', 'yy', 'xy', 'n') }}, 0), 2) as importance
    from case_sums
    where n >= greatest({{ var('derived_importance_min_base') }}, 10 * attributes)

),

attributes as (

    select
        years.programme,
        years.year_start,
        asked.attribute,
        derived.importance as derived_importance,
        stated.importance as stated_importance,
        count(case when derived.importance > 0 then 1 end) over (
            partition by years.programme, years.year_start
        ) > 0 as is_derived,
        count(stated.importance) over (partition by years.programme, years.year_start) > 0 as is_stated
    from years
    inner join asked
        on years.programme = asked.programme
    left join stated
        on years.programme = stated.programme
        and years.year_start = stated.year_start
        and asked.attribute = stated.attribute
    left join derived
        on years.programme = derived.programme
        and years.year_start = derived.year_start
        and asked.attribute = derived.attribute

),

valued as (

    select
        programme,
        year_start,
        attribute,
        case when is_derived then 'derived' when is_stated then 'stated' else 'equal' end as weight_source,
        case when is_derived then derived_importance when is_stated then stated_importance else 1 end as importance
    from attributes

)

select
    programme,
    year_start,
    attribute,
    weight_source,
    importance,
    importance
    / cast(sum(cast(importance as decimal(18, 10))) over (partition by programme, year_start) as double precision)
        as weight
from valued
where importance > 0
