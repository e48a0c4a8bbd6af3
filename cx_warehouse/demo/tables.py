"""The raw tables of the demo company: their columns (RAW_CONTRACT) and how they are written."""

import csv
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

Row = dict[str, object]
TableName = tuple[str, str]
Tables = dict[TableName, list[Row]]

COLUMNS: dict[TableName, str] = {
    ("crm", "customers"): (
        "customer_id name segment persona industry country region city language acquisition_channel"
        " acquisition_cost acquired_at is_test updated_at"
    ),
    ("crm", "customer_history"): "customer_id attribute value valid_from valid_to",
    ("crm", "contacts"): "contact_id customer_id email role is_employee updated_at",
    ("crm", "subscriptions"): (
        "subscription_id customer_id product plan started_at ended_at mrr currency status updated_at"
    ),
    ("crm", "subscription_changes"): "change_id subscription_id effective_at kind mrr",
    ("crm", "cancellations"): (
        "cancellation_id customer_id subscription_id requested_at effective_at initiator"
        " recorded_by reason reason_text competitor"
    ),
    ("crm", "orders"): (
        "order_id customer_id ordered_at status amount margin currency channel employee_id office"
    ),
    ("crm", "touchpoints"): (
        "touchpoint_id customer_id occurred_at channel touchpoint stage direction topic employee_id"
        " office ticket_id outcome"
    ),
    ("crm", "employees"): "employee_id name role team office hired_at left_at",
    ("helpdesk", "tickets"): (
        "ticket_id customer_id contact_id created_at created_by channel topic priority type status"
        " team assignee_id office schedule_id sla_policy_id language subject is_spam is_test"
        " merged_into_ticket_id updated_at"
    ),
    ("helpdesk", "ticket_events"): (
        "event_id ticket_id occurred_at sequence field old_value new_value actor_id actor_type"
    ),
    ("helpdesk", "ticket_messages"): (
        "message_id ticket_id sent_at author_id author_type is_public is_automated body"
    ),
    ("helpdesk", "sla_targets"): (
        "policy_id policy_name metric priority target_minutes clock valid_from valid_to"
    ),
    ("helpdesk", "schedules"): (
        "schedule_id time_zone weekday opens_minute closes_minute valid_from valid_to"
    ),
    ("helpdesk", "holidays"): "schedule_id holiday_date name opens_minute closes_minute",
    ("surveys", "surveys"): "survey_id name programme touchpoint stage channel",
    ("surveys", "questions"): ("question_id survey_id metric attribute scale_min scale_max direction text"),
    ("surveys", "invitations"): (
        "invitation_id survey_id customer_id contact_id ticket_id order_id channel sent_at"
        " delivered_at bounced_at opened_at started_at opted_out_at"
    ),
    ("surveys", "responses"): (
        "response_id survey_id invitation_id customer_id contact_id ticket_id order_id employee_id"
        " channel touchpoint stage office responded_at updated_at status language is_test"
    ),
    ("surveys", "answers"): "response_id question_id answer_no value updated_at",
    ("surveys", "followups"): (
        "followup_id response_id opened_at contacted_at resolved_at owner_id result root_cause"
    ),
    ("voice", "reviews"): (
        "review_id platform place product posted_at rating rating_max text language customer_id"
        " replied_at is_removed updated_at"
    ),
    ("voice", "mentions"): (
        "mention_id platform posted_at author text language sentiment reach is_repost is_own replied_at"
    ),
    ("voice", "research_findings"): (
        "finding_id study method found_at stage theme statement participants_supporting"
        " participants_total severity quote"
    ),
    ("web", "sessions"): (
        "session_id visitor_id customer_id started_at ended_at engaged_seconds page_views key_events"
        " landing_page source medium campaign device country is_internal"
    ),
    ("web", "events"): "event_id session_id occurred_at name page",
    ("initiatives", "initiatives"): (
        "initiative_id name owner registered_at started_at ended_at metric stage theme cost"
    ),
    ("initiatives", "exposures"): "initiative_id unit_type unit_id arm exposed_from exposed_to",
}


def write_tables(directory: Path, tables: Tables) -> list[tuple[str, str, int]]:
    """Write `<directory>/<system>/<table>.csv` of every table; give their rows."""
    written = []
    for (system, table), columns in COLUMNS.items():
        rows = tables[system, table]
        path = directory / system / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns.split(), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(_texts(rows))
        written.append((system, table, len(rows)))
    return written


def _texts(rows: Iterable[Row]) -> Iterable[dict[str, str]]:
    return ({name: _text(value) for name, value in row.items()} for row in rows)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case float():
            return f"{value:.2f}"
        case _:
            return str(value)
