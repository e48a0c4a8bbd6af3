{#
    One pass over the facts for the total and every breakdown. Use the three together over columns that are
    never null (a null attribute is 'unknown' before it gets here):

        select programme, period_grain, period_start,
            {{ breakdown_dimension(dimensions) }} as dimension,
            {{ breakdown_value(dimensions) }} as dimension_value, count(*) as base
        from votes
        {{ group_by_breakdowns(['programme', 'period_grain', 'period_start'], dimensions) }}
#}

{% macro group_by_breakdowns(keys, dimensions) -%}
    group by grouping sets (
        ({{ keys | join(', ') }})
        {%- for dimension in dimensions -%}
        , ({{ (keys + [dimension]) | join(', ') }})
        {%- endfor -%}
    )
{%- endmacro %}


{% macro breakdown_dimension(dimensions) -%}
    case
        {%- for dimension in dimensions %}
        when grouping({{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'total'
    end
{%- endmacro %}


{% macro breakdown_value(dimensions) -%}
    case
        {%- for dimension in dimensions %}
        when grouping({{ dimension }}) = 0 then {{ dimension }}
        {%- endfor %}
        else 'total'
    end
{%- endmacro %}
