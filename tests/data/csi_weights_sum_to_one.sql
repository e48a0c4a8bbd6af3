-- The weights of a programme and year are shares of one index.
{{ config(group='feedback') }}

select
    programme,
    year_start,
    sum(weight) as weight_sum
from {{ ref('int_csi_weights') }}
group by programme, year_start
having abs(sum(weight) - 1) > 1e-9
