{# What tickets, their waits and their targets are broken down by (CLARIFICATIONS C2). #}
{% macro ticket_dimensions() -%}
    {{ return(['team', 'office', 'channel', 'priority', 'topic', 'segment']) }}
{%- endmacro %}


{# The waits of customers that have a curve (METRICS §4.1 to §4.3). #}
{% macro waits() -%}
    {{ return(['first_reply', 'any_reply', 'next_reply', 'first_resolution', 'full_resolution']) }}
{%- endmacro %}


{#
    The number of the group a clock is in: the value of a breakdown, a period, a wait and its clock. A clock is in 28
    groups, and to order them by one number costs a fraction of ordering them by seven texts. Arguments name relations
    with member_number, period_number (below 10,000) and kind_number (below 10).
#}
{% macro wait_group_number(members, periods, clocks) -%}
    ({{ wait_curve_number(members, clocks) }} + 10 * {{ periods }}.period_number)
{%- endmacro %}


{# The number of a group but for its period: ten times the period's number is what it lacks. #}
{% macro wait_curve_number(members, clocks) -%}
    (100000 * {{ members }}.member_number + {{ clocks }}.kind_number)
{%- endmacro %}


{# Where the time of solved tickets went (METRICS §4.3); fct_tickets has each as <name>_minutes. #}
{% macro solved_ticket_times() -%}
    {{ return(['requester_wait', 'agent_wait', 'on_hold', 'agent_work']) }}
{%- endmacro %}
