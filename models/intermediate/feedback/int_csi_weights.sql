-- One row per programme, calendar year and attribute: its share of the index (METRICS §2.5.2, CLARIFICATIONS
-- D20). Stated weights are the mean of every valid importance answer of the year, frozen for all its periods, so
-- the index moves only when satisfaction does; a year in which nobody stated an importance weighs equally.
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
    where metric = 'csi_importance' and '{{ var("csi_weights") }}' = 'stated'
    group by programme, year_start, attribute

),

attributes as (

    select
        years.programme,
        years.year_start,
        asked.attribute,
        stated.importance,
        count(stated.importance) over (partition by years.programme, years.year_start) > 0 as is_stated
    from years
    inner join asked
        on years.programme = asked.programme
    left join stated
        on years.programme = stated.programme
        and years.year_start = stated.year_start
        and asked.attribute = stated.attribute

),

valued as (

    select
        programme,
        year_start,
        attribute,
        case when is_stated then 'stated' else 'equal' end as weight_source,
        case when is_stated then importance else 1 end as importance
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
