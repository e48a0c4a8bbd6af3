{#
    The 95 % band of a survival S with Greenwood sum G on ln(-ln S), which stays within 0 and 1 (METRICS §3.6); null
    where S is 0 or 1.
#}
{% macro log_log_low(survival, greenwood) -%}{{ _log_log_bound(survival, greenwood, '') }}{%- endmacro %}
{% macro log_log_high(survival, greenwood) -%}{{ _log_log_bound(survival, greenwood, '-') }}{%- endmacro %}

{% macro _log_log_bound(survival, greenwood, sign) -%}
    case
        when {{ survival }} > 0 and {{ survival }} < 1 then power(
            {{ survival }}, exp({{ sign }}{{ z_quantile() }} * sqrt({{ greenwood }}) / abs(ln({{ survival }})))
        )
    end
{%- endmacro %}
