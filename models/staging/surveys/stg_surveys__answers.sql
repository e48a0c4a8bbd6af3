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

{%- set is_score = "parent_2.metric in " ~ scored_metrics() %}
{%- set is_words = "(" ~ is_score ~ " and typed.value is not null and typed.number is null)" %}
{%- set is_said = "(typed.scale_said is null or typed.scale_said = parent_2.scale_max)" %}
{%- set value -%}
    case
        when {{ is_words }} is not true then typed.value
        when skipped_answers.answer is null
            then coalesce(case when {{ is_said }} then typed.score_said end, typed.value)
    end
{%- endset %}
{%- set score -%}
    coalesce(
        typed.number,
        case when {{ is_said }} then {{ try_cast('typed.score_said', 'double precision') }} end
    )
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
    steps={
        'number': try_cast('typed.value', 'double precision'),
        'score_said': score_said('typed.value'),
        'scale_said': scale_said('typed.value'),
    },
    columns={
        'value': value,
        'is_late_edit': "coalesce(typed.updated_at > "
            ~ dbt.dateadd('day', var('edit_window_days'), 'parent_1.responded_at') ~ ", false)",
    },
    reasons=[
        (
            'not a score',
            is_score ~ " and typed.value is not null and skipped_answers.answer is null and " ~ score ~ " is null"
        ),
        (
            'score outside its scale',
            is_score ~ " and skipped_answers.answer is null and " ~ score
            ~ " not between parent_2.scale_min and parent_2.scale_max"
        ),
        (
            'score between the steps of its scale',
            is_score ~ " and skipped_answers.answer is null and " ~ score ~ " <> floor(" ~ score ~ ")"
        ),
    ],
    repairs=[{
        'rule': '11', 'column': 'value', 'condition': is_words,
        'before': 'typed.value', 'after': value,
    }]
) }}
