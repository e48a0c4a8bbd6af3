{# The metrics whose answers are scores (CLARIFICATIONS D10), as an SQL list. #}
{% macro scored_metrics() -%}
    {{ return(
        "('nps', 'csat', 'ces5', 'ces2', 'ces1', 'csi', 'csi_importance', 'acsi_overall', 'acsi_expectation',"
        ~ " 'acsi_ideal')"
    ) }}
{%- endmacro %}


{# The end ('min' or 'max') of the scale that a metric defines by itself (METRICS §2.2, §2.4, §2.5.3). #}
{% macro defined_scale(end) -%}
    {%- set scales = {
        'nps': (0, 10), 'ces5': (1, 5), 'ces2': (1, 7), 'ces1': (1, 5),
        'acsi_overall': (1, 10), 'acsi_expectation': (1, 10), 'acsi_ideal': (1, 10),
    } -%}
    {%- set branches = [] -%}
    {%- for metric, scale in scales.items() -%}
        {%- do branches.append("when '" ~ metric ~ "' then " ~ scale[0 if end == 'min' else 1]) -%}
    {%- endfor -%}
    {{ return("case typed.metric " ~ branches | join(' ') ~ " end") }}
{%- endmacro %}
