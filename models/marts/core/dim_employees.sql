-- One row per employee or automated actor.
select * from {{ ref('int_employees') }}
