{# Tests of a change between two independent samples (METRICS §0.6, §1, §2.2.3): SQL in, SQL out. #}

{# Two-sided p of a standard normal z, by Abramowitz and Stegun 7.1.26 (largest error 1e-7). #}
{% macro p_of_z(z) -%}
    (
        (0.254829592 + (-0.284496736 + (1.421413741 + (-1.453152027 + 1.061405429 * {{ _as_t(z) }})
            * {{ _as_t(z) }}) * {{ _as_t(z) }}) * {{ _as_t(z) }}) * {{ _as_t(z) }}
        * exp(-least(power({{ z }}, 2) / 2, 700.0))
    )
{%- endmacro %}

{% macro _as_t(z) -%}(1 / (1 + 0.3275911 * abs({{ z }}) / 1.4142135623730951)){%- endmacro %}


{# T3, z of the difference of two shares with the pooled share; null when both are 0 or both are 1. #}
{% macro two_shares_z(x1, n1, x2, n2) -%}
    {%- set pooled = '((' ~ x1 ~ ' + ' ~ x2 ~ ') / (cast(' ~ n1 ~ ' as double precision) + ' ~ n2 ~ '))' -%}
    (({{ share(x1, n1) }} - {{ share(x2, n2) }}) / nullif(sqrt(
        {{ pooled }} * (1 - {{ pooled }})
        * (1 / nullif(cast({{ n1 }} as double precision), 0) + 1 / nullif(cast({{ n2 }} as double precision), 0))
    ), 0))
{%- endmacro %}

{# T2, Newcombe interval of share 1 minus share 2. #}
{% macro two_shares_low(x1, n1, x2, n2) -%}
    (
        {{ share(x1, n1) }} - {{ share(x2, n2) }} - sqrt(
            power({{ share(x1, n1) }} - {{ wilson_low(x1, n1) }}, 2)
            + power({{ wilson_high(x2, n2) }} - {{ share(x2, n2) }}, 2)
        )
    )
{%- endmacro %}

{% macro two_shares_high(x1, n1, x2, n2) -%}
    (
        {{ share(x1, n1) }} - {{ share(x2, n2) }} + sqrt(
            power({{ wilson_high(x1, n1) }} - {{ share(x1, n1) }}, 2)
            + power({{ share(x2, n2) }} - {{ wilson_low(x2, n2) }}, 2)
        )
    )
{%- endmacro %}


{#
    Change of a net score, current (p1, d1, n1) minus previous (p2, d2, n2), with the split adjustment of
    METRICS §2.2.3: 1.5 votes added to each sample, a quarter of them to each end.
#}
{% macro net_change_centre(p1, d1, n1, p2, d2, n2) -%}
    (100 * (
        (cast({{ p1 }} as double precision) - ({{ d1 }})) / nullif({{ n1 }} + 1.5, 0)
        - (cast({{ p2 }} as double precision) - ({{ d2 }})) / nullif({{ n2 }} + 1.5, 0)
    ))
{%- endmacro %}

{% macro net_change_standard_error(p1, d1, n1, p2, d2, n2) -%}
    (100 * sqrt(
        {{ net_score_variance(p1, d1, n1, 0.375, 1.5) }} / nullif({{ n1 }} + 1.5, 0)
        + {{ net_score_variance(p2, d2, n2, 0.375, 1.5) }} / nullif({{ n2 }} + 1.5, 0)
    ))
{%- endmacro %}


{#
    T13, standard error of the raw change of a net score where `common` respondents voted in both samples;
    `covariance` is the sample covariance of their votes (-1, 0, 1), METRICS §2.2.5. Null below two votes a sample.
    Fourteen decimals, so that of those who all say the same twice nothing is left but 0.
#}
{% macro net_change_overlap_standard_error(p1, d1, n1, p2, d2, n2, common, covariance) -%}
    (100 * sqrt(greatest(0.0, cast(cast(
        {{ net_score_variance(p1, d1, n1, 0, 0) }} / nullif({{ n1 }} - 1, 0)
        + {{ net_score_variance(p2, d2, n2, 0, 0) }} / nullif({{ n2 }} - 1, 0)
        - 2 * cast({{ common }} as double precision) * {{ covariance }}
        / (cast({{ n1 }} as double precision) * {{ n2 }})
        as decimal(38, 14)
    ) as double precision))))
{%- endmacro %}


{# T5, Welch's standard error and Satterthwaite's degrees of freedom of mean 1 minus mean 2. #}
{% macro welch_standard_error(variance1, n1, variance2, n2) -%}
    sqrt(
        {{ variance1 }} / cast({{ n1 }} as double precision) + {{ variance2 }} / cast({{ n2 }} as double precision)
    )
{%- endmacro %}

{% macro welch_degrees(variance1, n1, variance2, n2) -%}
    (
        power(
            {{ variance1 }} / cast({{ n1 }} as double precision)
            + {{ variance2 }} / cast({{ n2 }} as double precision), 2
        )
        / nullif(
            power({{ variance1 }} / cast({{ n1 }} as double precision), 2) / nullif({{ n1 }} - 1, 0)
            + power({{ variance2 }} / cast({{ n2 }} as double precision), 2) / nullif({{ n2 }} - 1, 0), 0
        )
    )
{%- endmacro %}

{# Two-sided p of Student's t with real degrees of freedom: Hill's (1970) transformation to a normal z. #}
{% macro p_of_t(t, degrees) -%}
    {{ p_of_z(z_of_t(t, degrees)) }}
{%- endmacro %}

{% macro z_of_t(t, degrees) -%}
    {%- set a = '(' ~ degrees ~ ' - 0.5)' -%}
    {%- set b = '(48 * power(' ~ a ~ ', 2))' -%}
    {%- set w = '(' ~ a ~ ' * ln(1 + power(' ~ t ~ ', 2) / ' ~ degrees ~ '))' -%}
    (sqrt({{ w }}) * (
        1 + (
            {{ w }} + 3 + (((-0.4 * {{ w }} - 3.3) * {{ w }} - 24) * {{ w }} - 85.5)
            / (0.8 * power({{ w }}, 2) + 100 + {{ b }})
        ) / {{ b }}
    ))
{%- endmacro %}

{#
    The 97.5 % quantile of t at real degrees of freedom, which Satterthwaite's are: exp of a polynomial in their
    inverse, fitted to t from 1 degree to infinity (largest error 3e-8). Whole degrees below would widen the
    intervals of small samples by some percent.
#}
{% macro t_quantile_real(degrees) -%}
    {%- set ns = namespace(sum='-0.024809780802') -%}
    {%- for coefficient in [
        0.140236500921, -0.311285340281, 0.307606527804, -0.0818441880779, 0.0206215799967, -0.253660980317,
        0.15447942978, 0.707453043604, 1.21036755553, 0.672926087597
    ] -%}
        {%- set ns.sum = '(' ~ coefficient ~ ' + ' ~ ns.sum ~ ' / ' ~ degrees ~ ')' -%}
    {%- endfor -%}
    exp{{ ns.sum }}
{%- endmacro %}


{#
    Holm's step-down p over a family (METRICS §0.6): `tests` counts the family's p values, `p_rank` orders them
    from the smallest, `family` lists the columns of the family. A window expression.
#}
{% macro holm(p_value, tests, p_rank, family) -%}
    (case
        when {{ p_value }} is not null then least(1.0, max(({{ tests }} - {{ p_rank }} + 1) * {{ p_value }}) over (
            {{ 'partition by ' ~ family | join(', ') if family }}
            order by {{ p_rank }} rows between unbounded preceding and current row
        ))
    end)
{%- endmacro %}
