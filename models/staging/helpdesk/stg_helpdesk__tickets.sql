-- One row per ticket. Tickets merged into each other in a circle have no survivor (METRICS §13 rule 28); only
-- the newest version of a ticket says into which it was merged.
{% set merge_cycles %}
    (
        with recursive

        merged as (

            select
                ticket_id,
                merged_into_ticket_id
            from (
                select
                    ticket_id,
                    merged_into_ticket_id,
                    row_number() over (
                        partition by ticket_id
                        order by
                            updated_at desc nulls last
                            {%- for name in model.columns %}, {{ name }} desc nulls last{% endfor %}
                    ) as version_rank
                from typed
                where
                    created_at is not null
                    and ticket_id in (select ticket_id from typed where merged_into_ticket_id is not null)
            ) as versions
            where
                version_rank = 1
                and merged_into_ticket_id is not null

        ),

        {{ walks_along('merged') }}

        select distinct
            merged_walks.ticket_id,
            merged.merged_into_ticket_id
        from merged_walks
        inner join merged
            on merged_walks.ticket_id = merged.ticket_id
        where merged_walks.ticket_id = merged_walks.reached_ticket_id
    )
{% endset %}
{{ judged_rows(
    lookups=[{
        'relation': merge_cycles, 'as': 'merge_cycles', 'on': 'ticket_id',
        'also': 'typed.merged_into_ticket_id = merge_cycles.merged_into_ticket_id',
    }],
    reasons=[('merged in a circle: merged_into_ticket_id', "merge_cycles.ticket_id is not null")]
) }}
