-- One row per public mention, without its author; its text stands in fct_comments.
select * from {{ ref('int_mentions') }}
