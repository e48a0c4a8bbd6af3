{# What churn is broken down by, beside the total: attributes of the customer and of what it paid for. #}
{% macro churn_dimensions() -%}
    {{ return([
        'segment', 'persona', 'region', 'country', 'plan', 'product', 'acquisition_channel', 'tenure_band',
    ]) }}
{%- endmacro %}


{# What survival is broken down by: what the customer was on its first paid day. #}
{% macro churn_life_dimensions() -%}
    {{ return(['segment', 'persona', 'plan', 'region', 'acquisition_channel']) }}
{%- endmacro %}


{# The columns that name one curve: a start cohort and a breakdown of it. #}
{% macro life_cell() -%}
    {{ return(['period_grain', 'period_start', 'dimension', 'dimension_value']) }}
{%- endmacro %}


{#
    T7 standard error of what is kept of opening MRR, over columns named <kept>_mrr, opening_mrr, opening_customers and
    their sums of squares and products, all exact; <kept> is `kept` for net and `capped` for gross retention (METRICS
    §3.2). It is told by what was lost: where nearly all is kept, the squares of what was kept are large numbers whose
    difference has no digits left.
#}
{% macro kept_ratio_standard_error(kept) -%}
    {%- set lost_share = share('(opening_mrr - ' ~ kept ~ '_mrr)', 'opening_mrr') -%}
    {{ ratio_standard_error(
        '(cast(opening_squares - opening_' ~ kept ~ ' - opening_' ~ kept ~ ' + ' ~ kept
        ~ '_squares as double precision) - 2 * ' ~ lost_share ~ ' * cast(opening_squares - opening_' ~ kept
        ~ ' as double precision) + power(' ~ lost_share ~ ', 2) * cast(opening_squares as double precision))',
        'opening_mrr', 'opening_customers'
    ) }}
{%- endmacro %}


{# Whether rows of two relations are of one curve. #}
{% macro same_life_cell(left, right) -%}
    {%- for key in life_cell() -%}
    {{ left }}.{{ key }} = {{ right }}.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
