-- One row per ticket. Tickets merged into each other in a circle have no survivor (METRICS §13 rule 28).
{% set merge_cycles %}
    (
        with recursive

        merged as (

            select distinct ticket_id, merged_into_ticket_id
            from typed
            where merged_into_ticket_id is not null

        ),

        walks as (

            select ticket_id, merged_into_ticket_id as reached_ticket_id from merged

            union

            select walks.ticket_id, merged.merged_into_ticket_id as reached_ticket_id
            from walks
            inner join merged
                on walks.reached_ticket_id = merged.ticket_id

        )

        select distinct ticket_id from walks where ticket_id = reached_ticket_id
    )
{% endset %}
{{ judged_rows(
    lookups=[{'relation': merge_cycles, 'as': 'merge_cycles', 'on': 'ticket_id'}],
    reasons=[('merged in a circle: merged_into_ticket_id', "merge_cycles.ticket_id is not null")]
) }}
