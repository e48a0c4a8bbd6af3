{#
    Whether a cell must not be shown: its base is below min_base_publish, or it is the next smallest beside the
    only cell of its breakdown that is, and could be had by subtraction (METRICS §0.4, CLARIFICATIONS D6).
    `within`: the columns of one metric, period and dimension; `label` breaks ties; `minimum` as SQL where it is
    not min_base_publish for every row.
#}
{% macro is_suppressed(base, within, label, minimum=var('min_base_publish')) -%}
    {%- set is_small = '(' ~ base ~ ' < ' ~ minimum ~ ')' -%}
    (
        {{ is_small }}
        or (
            sum(case when {{ is_small }} then 1 else 0 end) over (partition by {{ within | join(', ') }}) = 1
            and row_number() over (
                partition by {{ within | join(', ') }}, {{ is_small }} order by {{ base }}, {{ label }}
            ) = 1
        )
    )
{%- endmacro %}


{# The word of a row, by precedence (CLARIFICATIONS D5). Arguments are boolean SQL, base is a count. #}
{% macro publish_status(base, suppressed, immature, estimable='true') -%}
    case
        when {{ suppressed }} then 'suppressed'
        when not ({{ estimable }}) then 'not_estimable'
        when {{ immature }} then 'immature'
        when {{ base }} < {{ var('min_base_reliable') }} then 'low_base'
        else 'ok'
    end
{%- endmacro %}
