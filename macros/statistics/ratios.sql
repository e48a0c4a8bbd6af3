{#
    T7, a ratio of sums (METRICS §1): `residual` is the sum of (y - Rx)^2 over n units, `total` the sum of x. One
    unit says nothing of its own spread, so there is no standard error.
#}
{% macro ratio_standard_error(residual, total, n) -%}
    (
        sqrt(cast({{ n }} as double precision) / nullif({{ n }} - 1, 0) * greatest(0.0, {{ residual }}))
        / nullif(cast({{ total }} as double precision), 0)
    )
{%- endmacro %}

{% macro ratio_low(ratio, standard_error, n) -%}
    ({{ ratio }} - {{ t_quantile(n ~ ' - 1') }} * {{ standard_error }})
{%- endmacro %}

{% macro ratio_high(ratio, standard_error, n) -%}
    ({{ ratio }} + {{ t_quantile(n ~ ' - 1') }} * {{ standard_error }})
{%- endmacro %}


{#
    T11, exact interval of a count of events under Poisson: half of a chi-square quantile. The reference table to
    200 events, then the Cornish-Fisher expansion, which is within 4e-9 of the exact value from there.
#}
{% macro poisson_low(events) -%}
    (case
        when {{ events }} > 200 then {{ _half_chi_square('-1.959963984540054', '(2.0 * ' ~ events ~ ')') }}
        else (
            select poisson_limits.low from {{ ref('poisson_limits') }} as poisson_limits
            where poisson_limits.events = {{ events }}
        )
    end)
{%- endmacro %}

{% macro poisson_high(events) -%}
    (case
        when {{ events }} > 200 then {{ _half_chi_square('1.959963984540054', '(2.0 * ' ~ events ~ ' + 2)') }}
        else (
            select poisson_limits.high from {{ ref('poisson_limits') }} as poisson_limits
            where poisson_limits.events = {{ events }}
        )
    end)
{%- endmacro %}

{% macro _half_chi_square(z, degrees) -%}
    (0.5 * (
        {{ degrees }} + {{ z }} * sqrt(2 * cast({{ degrees }} as double precision))
        + 2.0 / 3 * (power({{ z }}, 2) - 1)
        + (power({{ z }}, 3) - 7 * {{ z }}) / (9 * sqrt(2 * cast({{ degrees }} as double precision)))
        - (6 * power({{ z }}, 4) + 14 * power({{ z }}, 2) - 32) / (405 * {{ degrees }})
        + (9 * power({{ z }}, 5) + 256 * power({{ z }}, 3) - 433 * {{ z }})
        / (4860 * sqrt(2.0) * power(cast({{ degrees }} as double precision), 1.5))
    ))
{%- endmacro %}
