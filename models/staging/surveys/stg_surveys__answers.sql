-- One row per response, question and answer number: of several versions the newest one given within the edit
-- window; later edits are superseded (CLARIFICATIONS D12). Where all are late the original was not delivered, and
-- the one nearest to it counts. A score written in words is read as the number it names, and one that was not
-- given is blank (METRICS §13 rule 11). A score outside its question's scale, or between its steps, is rejected
-- as an answer, never as a response (rule 9); a blank one is accepted (C7).
{{ config(newest_first=[
    'is_late_edit',
    'case when not is_late_edit then updated_at end desc nulls last',
    'updated_at',
]) }}

{#- Nearly every score is one of these numbers, which need no look for words. -#}
{%- set is_plain = is_among('typed.value', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']) %}
{%- set is_words -%}
    (
        parent_2.metric in {{ scored_metrics() }}
        and typed.value is not null
        and not {{ is_plain }}
        and {{ try_cast('typed.value', 'double precision') }} is null
    )
{%- endset %}
{%- set value -%}
    case
        when not {{ is_words }} or parent_2.metric is null then typed.value
        when skipped_answers.answer is null
            then coalesce({{ score_in_words('typed.value', 'parent_2.scale_max') }}, typed.value)
    end
{%- endset %}
{%- set score -%}
    case
        when {{ is_plain }} then cast(typed.value as double precision)
        else {{ try_cast(value, 'double precision') }}
    end
{%- endset %}

{{ judged_rows(
    parents=[
        {'relation': ref('stg_surveys__responses'), 'key': 'response_id'},
        {'relation': ref('stg_surveys__questions'), 'key': 'question_id'},
    ],
    lookups=[{
        'relation': ref('skipped_answers'), 'as': 'skipped_answers', 'on': 'answer',
        'equals': "case when " ~ is_words ~ " then " ~ folded('typed.value') ~ " end",
    }],
    columns={
        'value': value,
        'is_late_edit': "coalesce(typed.updated_at > "
            ~ dbt.dateadd('day', var('edit_window_days'), 'parent_1.responded_at') ~ ", false)",
    },
    reasons=[
        (
            'not a score',
            "parent_2.metric in " ~ scored_metrics() ~ " and " ~ value ~ " is not null and (" ~ score ~ ") is null"
        ),
        (
            'score outside its scale',
            "parent_2.metric in " ~ scored_metrics() ~ " and (" ~ score ~ ") not between parent_2.scale_min"
            ~ " and parent_2.scale_max"
        ),
        (
            'score between the steps of its scale',
            "parent_2.metric in " ~ scored_metrics() ~ " and (" ~ score ~ ") <> floor(" ~ score ~ ")"
        ),
    ],
    repairs=[{
        'rule': '11', 'column': 'value', 'condition': is_words,
        'before': 'typed.value', 'after': value,
    }]
) }}
