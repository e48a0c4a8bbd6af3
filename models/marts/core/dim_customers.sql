-- One row per customer with today's attributes.
select * from {{ ref('int_customers') }}
