-- $size survey responses over 25 months as raw Parquet, the same for the same size: half transactional (CSAT or CES),
-- three tenths relational (NPS), a seventh studies (CSI: seven attributes, their importance, the whole), the rest exit
-- interviews; two and a half invitations a response, a comment on every third, in three languages. Every number is a
-- hash of the response's, so nothing is drawn.
create or replace macro side(response, throw, sides) as cast(hash(response, throw) % sides as bigint);
create or replace macro dice(response, throw) as side(response, throw, 1000000) / 1000000.0;
create or replace macro customer_of(invitation) as
    'C' || lpad(cast(side(invitation, 60, greatest($size, 1)) as varchar), 9, '0');

copy (
    select
        survey_id,
        survey_id || ' survey' as name,
        programme,
        touchpoint
    from (values
        ('relation', 'relational', null), ('delivery', 'transactional', 'delivery'),
        ('support', 'transactional', 'support'), ('study', 'study', null), ('exit', 'exit', null)
    ) as surveys (survey_id, programme, touchpoint)
) to '$folder/surveys/surveys.parquet' (format parquet);

create or replace table questions_asked as
select *
from (values
    ('relation', 'nps', null, 0, 10, 1.0), ('relation', 'comment', null, null, null, 0.5),
    ('delivery', 'csat', null, 1, 5, 1.0), ('delivery', 'comment', null, null, null, 0.3),
    ('support', 'ces2', null, 1, 7, 1.0), ('support', 'csat', null, 1, 5, 0.9),
    ('support', 'comment', null, null, null, 0.3),
    ('study', 'acsi_overall', null, 1, 10, 1.0),
    ('exit', 'reason', null, null, null, 0.9), ('exit', 'competitor', null, null, null, 0.3),
    ('exit', 'comment', null, null, null, 0.5)
) as questions (survey_id, metric, attribute, scale_min, scale_max, answered_share)
union all
select
    'study' as survey_id,
    metric,
    attribute,
    1 as scale_min,
    10 as scale_max,
    0.95 as answered_share
from (values ('csi'), ('csi_importance')) as metrics (metric)
cross join (values
    ('overall'), ('price'), ('speed'), ('staff'), ('quality'), ('usability'), ('onboarding'), ('invoices')
) as attributes (attribute)
where not (metric = 'csi_importance' and attribute = 'overall');

copy (
    select
        survey_id || '-' || metric || coalesce('-' || attribute, '') as question_id,
        survey_id,
        metric,
        attribute,
        scale_min,
        scale_max
    from questions_asked
) to '$folder/surveys/questions.parquet' (format parquet);

create or replace table invitations_sent as
select
    invitation,
    'I' || lpad(cast(invitation as varchar), 10, '0') as invitation_id,
    case
        when dice(invitation, 1) < 0.3 then 'relation'
        when dice(invitation, 1) < 0.55 then 'delivery'
        when dice(invitation, 1) < 0.8 then 'support'
        when dice(invitation, 1) < 0.95 then 'study'
        else 'exit'
    end as survey_id,
    timestamp '2023-12-15 00:00:00' + to_seconds(cast(floor(dice(invitation, 2) * 775 * 86400) as bigint)) as sent_at,
    dice(invitation, 3) as fate
from range(cast($size * 2.5 as bigint)) as numbers (invitation);

copy (
    select
        invitation_id,
        survey_id,
        customer_of(invitation) as customer_id,
        ['email', 'email', 'sms', 'web'][1 + side(invitation, 4, 4)] as channel,
        sent_at,
        case when fate < 0.95 then sent_at + interval 1 minute end as delivered_at,
        case when fate >= 0.95 then sent_at + interval 2 minute end as bounced_at,
        case when fate < 0.6 then sent_at + interval 1 hour end as opened_at,
        case when fate < 0.44 then sent_at + interval 2 hour end as started_at
    from invitations_sent
    order by invitation
) to '$folder/surveys/invitations.parquet' (format parquet);

create or replace table responses_given as
select
    *,
    'R' || lpad(cast(invitation as varchar), 10, '0') as response_id,
    sent_at + to_seconds(cast(floor(7200 + 86400 * -2 * ln(1 - dice(invitation, 5))) as bigint)) as responded_at,
    ['en', 'ru', 'lt'][1 + side(invitation, 6, 3)] as language,
    -- How content the customer is: what its answers and its comment have in common.
    least(1, dice(invitation, 7) + 0.6 * dice(invitation, 8)) as mood
from invitations_sent
where fate < 0.4;

copy (
    select
        response_id,
        survey_id,
        invitation_id,
        customer_of(invitation) as customer_id,
        ['email', 'email', 'sms', 'web'][1 + side(invitation, 4, 4)] as channel,
        'office ' || side(invitation, 9, 5) as office,
        responded_at,
        case when dice(invitation, 10) < 0.93 then 'complete' else 'partial' end as status,
        language
    from responses_given
    order by invitation
) to '$folder/surveys/responses.parquet' (format parquet);

-- What is said well and ill of, in each language; the number keeps most comments from being the same.
create or replace table words as
select *
from (values
    ('en', 1, ['the price is fair', 'you reply fast', 'friendly support', 'it is easy to use', 'great quality'],
        ['too expensive', 'slow delivery', 'rude staff', 'the app is confusing', 'arrived broken'],
        'I wrote about order '),
    ('ru', 2, ['выгодная цена', 'быстро отвечают', 'вежливые сотрудники', 'удобное приложение', 'отличное качество'],
        ['слишком дорого', 'доставка опоздала', 'грубый оператор', 'запутанный сайт', 'товар сломан'],
        'писал о заказе '),
    ('lt', 3, ['gera kaina', 'greitai atsako', 'malonūs darbuotojai', 'patogi programėlė', 'puiki kokybė'],
        ['per brangu', 'vėluoja pristatymas', 'nemandagus aptarnavimas', 'neaiški svetainė', 'prekė sugadinta'],
        'rašiau dėl užsakymo ')
) as words (language, number, praise, blame, closing);

copy (
    with

    asked as (

        select
            responses_given.*,
            questions_asked.metric,
            questions_asked.attribute,
            questions_asked.scale_min,
            questions_asked.scale_max,
            questions_asked.survey_id || '-' || questions_asked.metric || coalesce('-' || questions_asked.attribute, '')
                as question_id,
            hash(questions_asked.metric, questions_asked.attribute) % 1000000 as throw
        from responses_given
        inner join questions_asked
            on responses_given.survey_id = questions_asked.survey_id
            and dice(responses_given.invitation, hash(questions_asked.metric, questions_asked.attribute) % 1000000)
            < questions_asked.answered_share

    )

    select
        asked.response_id,
        asked.question_id,
        case
            when asked.metric = 'reason'
                then ['price', 'slow_response', 'usability', 'moved', 'competitor'][1 + side(asked.invitation, 20, 5)]
            when asked.metric = 'competitor' then ['Northwind', 'Contoso'][1 + side(asked.invitation, 21, 2)]
            when asked.metric = 'comment'
                then case
                    when asked.mood > 0.5 then words.praise[1 + side(asked.invitation, 22, 5)]
                    else words.blame[1 + side(asked.invitation, 23, 5)]
                end
                || case
                    when dice(asked.invitation, 24) < 0.4
                        then ', ' || words.praise[1 + side(asked.invitation, 25, 5)]
                    when dice(asked.invitation, 24) < 0.7
                        then ', ' || words.blame[1 + side(asked.invitation, 26, 5)]
                    else ''
                end
                || '. ' || words.closing || asked.invitation
            else cast(
                least(
                    asked.scale_max, greatest(asked.scale_min, round(
                        asked.scale_min + (asked.scale_max - asked.scale_min)
                        * (asked.mood + 0.5 * (dice(asked.invitation, asked.throw + 1) - 0.5))
                    ))
                ) as integer
            )::varchar
        end as value
    from asked
    inner join words
        on asked.language = words.language
    order by asked.invitation, asked.question_id
) to '$folder/surveys/answers.parquet' (format parquet);

copy (
    select
        'F' || lpad(cast(invitation as varchar), 10, '0') as followup_id,
        response_id,
        responded_at + interval 1 day as opened_at,
        case when dice(invitation, 30) < 0.8 then responded_at + interval 2 day end as contacted_at,
        case when dice(invitation, 30) < 0.6 then responded_at + interval 5 day end as resolved_at
    from responses_given
    where mood < 0.3 and dice(invitation, 31) < 0.3
) to '$folder/surveys/followups.parquet' (format parquet);
