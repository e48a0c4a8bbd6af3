{# Steps of the customer's way that are walked at most (METRICS §6.2); later ones would not be seen. #}
{% macro journey_steps() -%}{{ return(range(1, 9)) }}{%- endmacro %}


{#
    The stage of the way that a fact belongs to: what the data calls a stage, else what its touchpoint stands for, else
    `unmapped`. Arguments: a relation with `stage` and `touchpoint`, and the joined rows of journey_stages for both.
#}
{% macro journey_stage(fact, named_stage, named_touchpoint) -%}
    coalesce({{ named_stage }}.stage, nullif({{ fact }}.stage, 'unknown'), {{ named_touchpoint }}.stage, 'unmapped')
{%- endmacro %}
