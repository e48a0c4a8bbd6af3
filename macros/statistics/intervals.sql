{#
    Intervals of METRICS §1 as expressions over counts: every argument is SQL, and counts are cast to double
    here, so a caller cannot divide integers by mistake. Null where the base is 0.
#}

{# The 97.5 % quantile of the normal distribution (METRICS §0.5). #}
{% macro z_quantile() -%}cast(1.959963984540054 as double precision){%- endmacro %}


{% macro share(x, n) -%}
    (cast({{ x }} as double precision) / nullif(cast({{ n }} as double precision), 0))
{%- endmacro %}


{# T1, Wilson interval of the share x/n. #}
{% macro wilson_low(x, n) -%}{{ wilson_bound(x, n, '-') }}{%- endmacro %}
{% macro wilson_high(x, n) -%}{{ wilson_bound(x, n, '+') }}{%- endmacro %}

{% macro wilson_bound(x, n, sign) -%}
    {%- set size = 'nullif(cast(' ~ n ~ ' as double precision), 0)' -%}
    {%- set p = share(x, n) -%}
    {%- set z2 = '3.8414588206941236' -%}
    {#- Guarded, because least and greatest pass nulls over (METRICS §0.5): of no base they would make 0. -#}
    (case when {{ n }} > 0 then least(1.0, greatest(0.0, (
        {{ p }} + {{ z2 }} / (2 * {{ size }})
        {{ sign }} {{ z_quantile() }} * sqrt(
            {{ p }} * (1 - {{ p }}) / {{ size }} + {{ z2 }} / (4 * {{ size }} * {{ size }})
        )
    ) / (1 + {{ z2 }} / {{ size }}))) end)
{%- endmacro %}


{# T4, t interval of a mean: null for a single value, which says nothing of its own spread. #}
{% macro mean_low(mean, variance, n) -%}
    ({{ mean }} - {{ t_quantile(n ~ ' - 1') }} * sqrt({{ variance }} / cast({{ n }} as double precision)))
{%- endmacro %}

{% macro mean_high(mean, variance, n) -%}
    ({{ mean }} + {{ t_quantile(n ~ ' - 1') }} * sqrt({{ variance }} / cast({{ n }} as double precision)))
{%- endmacro %}


{#
    The 97.5 % quantile of Student's t: the reference table to 200 degrees of freedom, then the normal one
    (METRICS §0.5). Null below one degree.
#}
{% macro t_quantile(degrees) -%}
    (case
        when {{ degrees }} > 200 then {{ z_quantile() }}
        else (
            select t_quantiles.quantile
            from {{ ref('t_quantiles') }} as t_quantiles
            where t_quantiles.degrees_of_freedom = cast(floor({{ degrees }}) as bigint)
        )
    end)
{%- endmacro %}


{#
    T8, ranks of the order statistics that bound the q-quantile of n values: the interval is open where the rank is
    below 1 or above n. The normal approximation of METRICS §1, never narrower than the exact ranks.
#}
{% macro quantile_low_rank(q, n) -%}
    floor({{ q }} * {{ n }} - {{ z_quantile() }} * sqrt({{ q }} * (1 - {{ q }}) * {{ n }}))
{%- endmacro %}

{% macro quantile_high_rank(q, n) -%}
    ceil(1 + {{ q }} * {{ n }} + {{ z_quantile() }} * sqrt({{ q }} * (1 - {{ q }}) * {{ n }}))
{%- endmacro %}


{# The value at a rank among the rows of a group, counted from 1; null where there is no such rank. #}
{% macro order_statistic(value, rank) -%}
    (array_agg({{ value }} order by {{ value }}))[cast(greatest({{ rank }}, 0) as integer)]
{%- endmacro %}


{# T6, net score (NPS) of p positives and d negatives among n, on -100..100 (METRICS §2.2). #}
{% macro net_score(p, d, n) -%}
    (100 * (cast({{ p }} as double precision) - cast({{ d }} as double precision))
        / nullif(cast({{ n }} as double precision), 0))
{%- endmacro %}

{% macro net_score_standard_error(p, d, n) -%}
    (100 * sqrt(
        greatest(0.0, {{ net_score_variance(p, d, n, 0, 0) }}) / nullif(cast({{ n }} as double precision), 0)
    ))
{%- endmacro %}

{# Trinomial variance of one vote (-1, 0, 1) after adding `plus` to each class count and `plus_n` to the base. #}
{% macro net_score_variance(p, d, n, plus, plus_n) -%}
    (
        (({{ p }}) + ({{ d }}) + cast({{ 2 * plus }} as double precision)) / nullif({{ n }} + {{ plus_n }}, 0)
        - power((cast({{ p }} as double precision) - ({{ d }})) / nullif({{ n }} + {{ plus_n }}, 0), 2)
    )
{%- endmacro %}

{#
    Adjusted Wald interval of a net score (METRICS §2.2.2): three votes added, a quarter of them to each end.
    `widening` multiplies the half-width where votes are clustered (CLARIFICATIONS D18).
#}
{% macro net_score_low(p, d, n, widening='1') -%}
    greatest(-100.0, {{ net_score_adjusted_bound(p, d, n, '-', widening) }})
{%- endmacro %}

{% macro net_score_high(p, d, n, widening='1') -%}
    least(100.0, {{ net_score_adjusted_bound(p, d, n, '+', widening) }})
{%- endmacro %}

{% macro net_score_adjusted_bound(p, d, n, sign, widening) -%}
    (100 * (
        (cast({{ p }} as double precision) - ({{ d }})) / nullif({{ n }} + 3, 0)
        {{ sign }} {{ widening }} * {{ z_quantile() }}
        * sqrt({{ net_score_variance(p, d, n, 0.75, 3) }} / nullif({{ n }} + 3, 0))
    ))
{%- endmacro %}


{# T16, what a standard error shrinks by where n of a population of N are known, as in a census (METRICS §1). #}
{% macro finite_population_factor(n, population) -%}
    sqrt(greatest(0.0, cast({{ population }} as double precision) - {{ n }}) / nullif({{ population }} - 1, 0))
{%- endmacro %}
