select
    respondent_id,
    programme,
    metric,
    attribute,
    date_trunc('quarter', responded_date) as responded_quarter,
    count(*) as votes
from {{ ref('fct_survey_answers') }}
where programme = 'relational' and is_vote
group by respondent_id, programme, metric, attribute, date_trunc('quarter', responded_date)
having count(*) > 1
