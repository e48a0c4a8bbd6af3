-- One row per customer with today's attributes.
-- A view, for every row is stored once, in the intermediate it names.
{{ config(materialized='view') }}

select * from {{ beside(ref('int_customers')) }}
