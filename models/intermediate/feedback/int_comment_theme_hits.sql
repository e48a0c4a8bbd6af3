-- One row per text, position and theme named there by the dictionary of the text's language (of every language
-- where it is unknown), with its polarity after negation. Rows with the empty theme are opinion words.
{%- set negation_window = 3 %}
with

comments as (

    select * from {{ ref('int_comments') }}

),

words as (

    select
        words.comment_id,
        words.position,
        words.word
    from {{ words_of('comments', 'comment_id', 'folded_text') }} as words
    where words.word <> ''

),

patterns as (

    select
        language,
        {{ folded('pattern') }} as pattern,
        match_type,
        coalesce(theme, '') as theme,
        polarity
    from {{ ref('theme_patterns') }}

),

negations as (

    select
        language,
        {{ folded('word') }} as word
    from {{ ref('negations') }}

),

matched as (

    select
        words.comment_id,
        words.position,
        patterns.language,
        patterns.theme,
        patterns.polarity,
        row_number() over (
            partition by words.comment_id, words.position, patterns.theme
            order by length(patterns.pattern) desc, patterns.language, patterns.pattern asc
        ) as match_rank
    from words
    inner join patterns
        on substr(words.word, 1, 3) = substr(patterns.pattern, 1, 3)
        and (
            words.word = patterns.pattern
            or (patterns.match_type = 'prefix' and words.word like patterns.pattern || '%')
        )
    inner join comments
        on words.comment_id = comments.comment_id
        and (comments.language = patterns.language or comments.language = 'unknown')

),

negators as (

    select distinct
        words.comment_id,
        words.position,
        negations.language
    from words
    inner join negations
        on words.word = negations.word

)

select
    matched.comment_id,
    matched.position,
    matched.theme,
    case when count(negators.position) > 0 then -matched.polarity else matched.polarity end as polarity
from matched
-- A negation speaks its own language only: in a text of an unknown one "be late" is not the Lithuanian "without".
left join negators
    on matched.comment_id = negators.comment_id
    and matched.language = negators.language
    and negators.position between matched.position - {{ negation_window }} and matched.position - 1
where matched.match_rank = 1
group by matched.comment_id, matched.position, matched.theme, matched.polarity
