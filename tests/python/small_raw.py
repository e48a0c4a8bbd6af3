"""A company small enough to build in seconds: every subject has rows, one row is refused, one superseded."""

import csv
from collections.abc import Sequence
from pathlib import Path

VARIABLES = {"as_of": "2026-07-01T00:00:00Z", "reporting_time_zone": "Europe/Vilnius"}
CUSTOMERS = 40
MONTHS = 6


def write_small_raw(folder: Path, *, shift: int = 0) -> Path:
    """Write the company's files; another `shift` gives other scores, so another release."""
    customers = [f"c{number:02}" for number in range(CUSTOMERS)]
    table(
        folder, "crm", "customers", "customer_id,segment,updated_at",
        [(name, ("large", "small")[number % 2], "2026-01-01") for number, name in enumerate(customers)]
        + [("c00", "small", "2025-01-01")],
    )  # fmt: skip
    table(
        folder, "crm", "subscriptions", "subscription_id,customer_id,plan,started_at,ended_at,mrr",
        [
            (f"s{name}", name, "basic", "2025-11-01", "" if number % 5 else ending(number), 50)
            for number, name in enumerate(customers)
        ],
    )  # fmt: skip
    table(
        folder, "crm", "cancellations",
        "cancellation_id,customer_id,requested_at,initiator,recorded_by,reason",
        [
            (f"x{name}", name, f"2026-0{2 + number % 4}-10", "customer", "customer", "too_expensive")
            for number, name in enumerate(customers)
            if number % 5 == 0
        ],
    )  # fmt: skip
    tickets = [(f"t{number:03}", customers[number % CUSTOMERS], number) for number in range(60)]
    table(
        folder, "helpdesk", "tickets", "ticket_id,customer_id,created_at,channel,status",
        [(key, name, instant(number, 9), "email", "solved") for key, name, number in tickets],
    )  # fmt: skip
    table(
        folder, "helpdesk", "ticket_messages", "message_id,ticket_id,sent_at,author_type,is_public,body",
        [(f"q{key}", key, instant(number, 9), "customer", "true", "Help") for key, _, number in tickets]
        + [
            (f"a{key}", key, instant(number, 10 + number % 4), "agent", "true", "Here")
            for key, _, number in tickets
        ],
    )  # fmt: skip
    table(
        folder, "helpdesk", "ticket_events", "event_id,ticket_id,occurred_at,field,old_value,new_value",
        [
            (f"e{key}", key, instant(number, 15), "status", "new", "solved")
            for key, _, number in tickets
        ],
    )  # fmt: skip
    table(
        folder, "surveys", "surveys", "survey_id,name,programme",
        [("rel", "Relationship", "relational"), ("txn", "After contact", "transactional")],
    )  # fmt: skip
    table(
        folder, "surveys", "questions", "question_id,survey_id,metric,scale_min,scale_max",
        [("nps", "rel", "nps", 0, 10), ("sat", "txn", "csat", 1, 5)],
    )  # fmt: skip
    answered = [
        (f"{survey}{month}{name}", survey, question, name, month, number)
        for survey, question in (("rel", "nps"), ("txn", "sat"))
        for month in range(MONTHS)
        for number, name in enumerate(customers)
    ]
    table(
        folder, "surveys", "responses", "response_id,survey_id,customer_id,channel,responded_at",
        [
            (key, survey, name, "email", f"2026-0{month + 1}-{1 + number % 28:02}T10:00:00Z")
            for key, survey, _, name, month, number in answered
        ],
    )  # fmt: skip
    table(
        folder, "surveys", "answers", "response_id,question_id,value",
        [
            (key, question, score(question, number + month + shift))
            for key, _, question, _, month, number in answered
        ]
        + [(answered[0][0], "sat", "eleven")],
    )  # fmt: skip
    return folder


def ending(number: int) -> str:
    """The day a service ends, in the first half of the year."""
    return f"2026-0{2 + number % 4}-15"


def score(question: str, number: int) -> int:
    """A score that differs from one to the next, on the question's scale."""
    return (number * 7) % 11 if question == "nps" else 1 + (number * 3) % 5


def instant(number: int, hour: int) -> str:
    """An instant on one of the days of the half year."""
    return f"2026-0{1 + number % MONTHS}-{1 + number % 28:02}T{hour:02}:00:00Z"


def table(folder: Path, system: str, name: str, header: str, rows: Sequence[Sequence[object]]) -> None:
    """One raw table as a CSV file."""
    (folder / system).mkdir(parents=True, exist_ok=True)
    with (folder / system / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
