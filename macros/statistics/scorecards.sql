{#
    Staff numbers (METRICS §10.1): a share pulled towards everybody's by a beta prior, and the limits within which
    a unit of its size differs from the centre by chance. Every argument is SQL.
#}

{# Posterior mean of x positives among n under a prior of alpha and beta. #}
{% macro shrunk_share(x, n, alpha, beta) -%}
    ((cast({{ x }} as double precision) + {{ alpha }}) / nullif({{ n }} + {{ alpha }} + {{ beta }}, 0))
{%- endmacro %}

{# Its interval: Wilson on the posterior counts, which METRICS allows in place of the quantiles of the beta. #}
{% macro shrunk_low(x, n, alpha, beta) -%}
    {{ wilson_low('(' ~ x ~ ' + ' ~ alpha ~ ')', '(' ~ n ~ ' + ' ~ alpha ~ ' + ' ~ beta ~ ')') }}
{%- endmacro %}

{% macro shrunk_high(x, n, alpha, beta) -%}
    {{ wilson_high('(' ~ x ~ ' + ' ~ alpha ~ ')', '(' ~ n ~ ' + ' ~ alpha ~ ' + ' ~ beta ~ ')') }}
{%- endmacro %}


{# The quantiles that a funnel is drawn with: 95 % and 99.8 % of units lie inside. #}
{% macro funnel_quantiles() -%}{{ return({'95': '1.959963984540054', '998': '3.0902'}) }}{%- endmacro %}

{# A limit of a funnel around `centre` for n units; tau2 is the variance between units beyond chance. #}
{% macro funnel_low(centre, n, tau2, coverage) -%}
    greatest(0.0, {{ centre }} - {{ _funnel_width(centre, n, tau2, coverage) }})
{%- endmacro %}

{% macro funnel_high(centre, n, tau2, coverage) -%}
    least(1.0, {{ centre }} + {{ _funnel_width(centre, n, tau2, coverage) }})
{%- endmacro %}

{# Which side of a funnel a value lies on. A rate made comparable may pass 0 and 1, where the limits are cut off:
   it is held against the limits before that. #}
{% macro funnel_side(value, centre, n, tau2, coverage) -%}
    case
        when {{ value }} > {{ centre }} + {{ _funnel_width(centre, n, tau2, coverage) }} then 'above'
        when {{ value }} < {{ centre }} - {{ _funnel_width(centre, n, tau2, coverage) }} then 'below'
        when {{ value }} is not null then 'within'
    end
{%- endmacro %}

{% macro _funnel_width(centre, n, tau2, coverage) -%}
    {{ funnel_quantiles()[coverage] }} * sqrt(
        {{ centre }} * (1 - {{ centre }}) / nullif(cast({{ n }} as double precision), 0) + {{ tau2 }}
    )
{%- endmacro %}
