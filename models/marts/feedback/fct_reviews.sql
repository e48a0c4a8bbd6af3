-- One row per public review, removed ones included and marked; its text stands in fct_comments.
select * from {{ ref('int_reviews') }}
