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


{# True where a curve, or a bound of its band, comes down to a level; a bound is null before its first step and at 0. #}
{% macro curve_passes(before, after, level) -%}
    (coalesce({{ before }}, 1) > {{ level }} + 1e-9 and coalesce({{ after }}, 0) <= {{ level }} + 1e-9)
{%- endmacro %}


{#
    T10, log-rank: what one of two curves is expected to lose, and the variance of it, summed over the times at which
    either lost anybody (METRICS §3.6). `share`: the curve's share of those at risk; sums are of decimals, so that they
    do not depend on the order of rows.
#}
{% macro log_rank_expected(events, share) -%}
    cast(sum(cast({{ events }} * ({{ share }}) as decimal(28, 12))) as double precision)
{%- endmacro %}

{% macro log_rank_variance(events, share, at_risk) -%}
    cast(sum(cast(
        {{ events }} * ({{ share }}) * (1 - {{ share }})
        * ({{ at_risk }} - {{ events }}) / nullif({{ at_risk }} - 1, 0) as decimal(28, 12)
    )) as double precision)
{%- endmacro %}
