-- One row per follow-up of a response in scope, with how long the customer waited for the call.
select * from {{ ref('int_followups') }}
