-- One row per text and reason the dictionary reads in it, with how much speaks for it (METRICS §13 rule 39). A word
-- behind a negation speaks only for the reasons that need one: `no need`.
{%- set negation_window = 3 %}
with

texts as (

    select * from {{ ref('int_churn_reason_texts') }}

),

words as (

    select
        words.text_id,
        words.position,
        words.word
    from {{ words_of('texts', 'text_id', 'folded_text') }} as words
    where words.word <> ''

),

patterns as (

    select
        language,
        {{ folded('pattern') }} as pattern,
        match_type,
        reason,
        weight,
        is_negated
    from {{ ref('churn_reason_patterns') }}

),

negators as (

    select distinct
        words.text_id,
        words.position,
        negations.language
    from words
    inner join {{ ref('negations') }} as negations
        on words.word = {{ folded('negations.word') }}

),

-- One word speaks once for a reason, by the longest pattern it begins with.
matched as (

    select
        words.text_id,
        words.position,
        patterns.language,
        patterns.reason,
        patterns.weight,
        patterns.is_negated,
        row_number() over (
            partition by words.text_id, words.position, patterns.reason
            order by length(patterns.pattern) desc, patterns.language asc, patterns.pattern asc
        ) as match_rank
    from words
    inner join patterns
        on substr(words.word, 1, 3) = substr(patterns.pattern, 1, 3)
        and (
            words.word = patterns.pattern
            or (patterns.match_type = 'prefix' and words.word like patterns.pattern || '%')
        )

),

heard as (

    select
        matched.text_id,
        matched.position,
        matched.reason,
        matched.weight,
        matched.is_negated,
        count(negators.position) > 0 as is_behind_negation
    from matched
    -- A negation speaks its own language only: "be expensive" is not the Lithuanian "without".
    left join negators
        on matched.text_id = negators.text_id
        and matched.language = negators.language
        and negators.position between matched.position - {{ negation_window }} and matched.position - 1
    where matched.match_rank = 1
    group by matched.text_id, matched.position, matched.reason, matched.weight, matched.is_negated

)

select
    text_id,
    reason,
    cast(sum(weight) as bigint) as weight,
    min(position) as first_position
from heard
where is_negated = is_behind_negation
group by text_id, reason
