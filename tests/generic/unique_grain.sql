{# The rows of the model are at the grain of these columns: no two share all of them. #}
{% test unique_grain(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
