{# The breakdowns that answers, index scores and invitations carry (CLARIFICATIONS C2). #}
{% macro feedback_dimensions() %}
    {{ return([
        'segment', 'persona', 'country', 'region', 'language', 'channel', 'touchpoint', 'stage', 'survey',
        'team', 'office',
    ]) }}
{% endmacro %}


{# The metrics that share the rule of one answer per interaction and cooldown (CLARIFICATIONS D17). #}
{% macro interaction_metrics() -%}
    ('nps', 'csat', 'ces5', 'ces2', 'ces1')
{%- endmacro %}


{#
    Sum of values between 0 and 100, or of their squares: a rounded decimal adds up to the same number in any
    order of threads, a double does not, and ten places carry every mean beyond what is published.
#}
{% macro exact_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(18, 10))) as double precision)
{%- endmacro %}


{#
    Sample variance from a sum and a sum of squares; null for a single value. What the tenth decimal place of the
    summands leaves over where all are alike is no spread: a test would find it significant.
#}
{% macro variance_of_sums(total, square_total, n) -%}
    {%- set spread = '(' ~ square_total ~ ' - power(' ~ total ~ ', 2) / ' ~ n ~ ')' -%}
    (case when {{ spread }} > 1e-11 * {{ square_total }} then {{ spread }} else 0 end / nullif({{ n }} - 1, 0))
{%- endmacro %}


{# Pearson's correlation from sums over n pairs; null where one of the two does not vary. #}
{% macro correlation_of_sums(x, y, xx, yy, xy, n) -%}
    (
        ({{ n }} * {{ xy }} - {{ x }} * {{ y }}) / nullif(sqrt(
            greatest(0.0, {{ n }} * {{ xx }} - {{ x }} * {{ x }})
            * greatest(0.0, {{ n }} * {{ yy }} - {{ y }} * {{ y }})
        ), 0)
    )
{%- endmacro %}


{#
    The month in which the period `all` of feedback begins: one row, first_month. An item that was only skipped is no
    data yet (CLARIFICATIONS C7), unless there is nothing else.
#}
{% macro feedback_first_month() -%}
    (
        select cast(date_trunc('month', coalesce(answered.first_date, put.first_date)) as date) as first_month
        from (select min(responded_date) as first_date from {{ ref('int_feedback_answers') }}) as answered
        cross join (select min(responded_date) as first_date from {{ ref('int_feedback_items') }}) as put
    )
{%- endmacro %}
