{# The rows of the model are at the grain of these columns: no two share all of them; of none: there is one row. #}
{% test unique_grain(model, columns) %}
select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    count(*) as row_count
from {{ model }}
{%- if columns %}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- else %}
having count(*) <> 1
{%- endif %}
{% endtest %}
