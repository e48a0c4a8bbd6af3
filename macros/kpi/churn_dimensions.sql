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
    their sums of squares and products; <kept> is `kept` for net and `capped` for gross retention (METRICS §3.2).
#}
{% macro kept_ratio_standard_error(kept) -%}
    {%- set ratio = share(kept ~ '_mrr', 'opening_mrr') -%}
    {{ ratio_standard_error(
        '(' ~ kept ~ '_squares - 2 * ' ~ ratio ~ ' * opening_' ~ kept
        ~ ' + power(' ~ ratio ~ ', 2) * opening_squares)',
        'opening_mrr', 'opening_customers'
    ) }}
{%- endmacro %}


{# Whether rows of two relations are of one curve. #}
{% macro same_life_cell(left, right) -%}
    {%- for key in life_cell() -%}
    {{ left }}.{{ key }} = {{ right }}.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
