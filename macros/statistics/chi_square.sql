{#
    p of a chi-square with whole degrees of freedom, by its finite series (METRICS §3.9): exact to 41 degrees, then the
    cube-root transformation to a normal z. Null without a degree of freedom. SQL in, SQL out.
#}
{% macro p_of_chi_square(chi_square, degrees) -%}
    (case
        when {{ degrees }} < 1 then null
        when {{ degrees }} > 41 then {{ _upper_tail_of_z(
            '((power(' ~ chi_square ~ ' / ' ~ degrees ~ ', 1.0 / 3) - (1 - 2.0 / (9 * ' ~ degrees ~ ')))'
            ~ ' / sqrt(2.0 / (9 * ' ~ degrees ~ ')))'
        ) }}
        when {{ degrees }} % 2 = 0 then exp(-least({{ chi_square }} / 2, 700.0)) * (
            1
            {%- set ns = namespace(product=1.0) %}
            {%- for term in range(1, 21) %}
            {%- set ns.product = ns.product * term %}
            + case
                when {{ 2 * term }} < {{ degrees }} then power({{ chi_square }} / 2, {{ term }}) / {{ ns.product }}
                else 0
            end
            {%- endfor %}
        )
        else {{ p_of_z('sqrt(' ~ chi_square ~ ')') }} + exp(-least({{ chi_square }} / 2, 700.0)) * (
            0
            {#- The half-integer gamma function, from that of a half, the square root of pi. #}
            {%- set ns = namespace(product=1.772453850905516) %}
            {%- for term in range(1, 21) %}
            {%- set ns.product = ns.product * (term - 0.5) %}
            + case
                when {{ 2 * term - 1 }} < {{ degrees }}
                    then power({{ chi_square }} / 2, {{ term - 0.5 }}) / {{ ns.product }}
                else 0
            end
            {%- endfor %}
        )
    end)
{%- endmacro %}

{% macro _upper_tail_of_z(z) -%}
    case when {{ z }} > 0 then {{ p_of_z(z) }} / 2 else 1 - {{ p_of_z(z) }} / 2 end
{%- endmacro %}
