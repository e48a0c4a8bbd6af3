{#
    The ticket each merged ticket reaches with every step along `merges`, a CTE of ticket_id and
    merged_into_ticket_id, as the recursive CTE `<merges>_walks` of ticket_id and reached_ticket_id. It drops
    repetitions, so a walk in a circle ends, and the ticket has reached itself.
#}
{% macro walks_along(merges) -%}
    {{ merges }}_walks as (

        select
            ticket_id,
            merged_into_ticket_id as reached_ticket_id
        from {{ merges }}

        union

        select
            {{ merges }}_walks.ticket_id,
            {{ merges }}.merged_into_ticket_id as reached_ticket_id
        from {{ merges }}_walks
        inner join {{ merges }}
            on {{ merges }}_walks.reached_ticket_id = {{ merges }}.ticket_id

    )
{%- endmacro %}
