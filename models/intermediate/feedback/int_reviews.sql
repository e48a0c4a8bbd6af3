-- One row per public review, removed ones included and marked; its text stands in fct_comments.
with

reviews as (

    select * from {{ ref('stg_voice__reviews') }}

),

test_customers as (

    select customer_id from {{ ref('stg_crm__customers') }}
    where is_test

)

select
    reviews.review_id,
    reviews.customer_id,
    reviews.platform,
    coalesce(reviews.place, 'unknown') as place,
    coalesce(reviews.product, 'unknown') as product,
    coalesce(reviews.language, 'unknown') as language,
    reviews.rating,
    reviews.rating_max,
    100 * (reviews.rating - 1) / nullif(reviews.rating_max - 1, 0) as rating_pomp,
    {{ minutes_between('reviews.posted_at', 'reviews.replied_at') }} as reply_minutes,
    reviews.text is not null as has_text,
    reviews.replied_at is not null as is_replied,
    reviews.is_removed,
    {{ reporting_date('reviews.posted_at') }} as posted_date,
    reviews.posted_at,
    reviews.replied_at
from reviews
left join test_customers
    on reviews.customer_id = test_customers.customer_id
where test_customers.customer_id is null
