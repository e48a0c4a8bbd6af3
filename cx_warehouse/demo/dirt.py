"""A pinch of dirt, as real exports have it (METRICS §13): planted, listed, below 5 % of a table."""

from datetime import datetime, timedelta
from typing import cast

from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.tables import Row, TableName, Tables
from cx_warehouse.demo.timeline import END_AT, later

# Rows that stand at the end of their table and must be refused: what differs from a good row is
# named, the rest is copied from one.
REFUSED: dict[TableName, list[tuple[str, Row]]] = {
    ("crm", "customers"): [
        ("missing key", {"customer_id": ""}),
        ("not a number", {"customer_id": "C-IMPORT-1", "acquisition_cost": "n/a"}),
    ],
    ("crm", "contacts"): [("missing customer", {"contact_id": "P-IMPORT-1", "customer_id": ""})],
    ("crm", "subscriptions"): [
        ("ends before it starts", {"subscription_id": "S-IMPORT-1", "ended_at": "2021-05-01"}),
        ("negative price", {"subscription_id": "S-IMPORT-2", "mrr": "-49"}),
    ],
    ("crm", "subscription_changes"): [
        ("no parent", {"change_id": "X-IMPORT-1", "subscription_id": "S9999-1"}),
        ("outside its domain", {"change_id": "X-IMPORT-2", "kind": "discount"}),
    ],
    ("crm", "cancellations"): [
        ("unparsable time", {"cancellation_id": "K-IMPORT-1", "requested_at": "31.02.2026"}),
    ],
    ("crm", "orders"): [
        ("not a number", {"order_id": "O-IMPORT-1", "amount": "1.234,50"}),
        ("outside its domain", {"order_id": "O-IMPORT-2", "status": "refund"}),
    ],
    ("crm", "touchpoints"): [
        ("outside its domain", {"touchpoint_id": "H-IMPORT-1", "direction": "both"}),
        ("missing time", {"touchpoint_id": "H-IMPORT-2", "occurred_at": ""}),
    ],
    ("helpdesk", "tickets"): [
        ("missing key", {"ticket_id": ""}),
        ("unparsable time", {"ticket_id": "T-IMPORT-1", "created_at": "yesterday"}),
        ("unparsable time", {"ticket_id": "T-IMPORT-2", "created_at": "2025-13-01T10:00:00Z"}),
        ("outside its domain", {"ticket_id": "T-IMPORT-3", "status": "archived"}),
        ("milliseconds read as a year", {"ticket_id": "T-IMPORT-4", "created_at": "1746093600000"}),
    ],
    ("helpdesk", "ticket_events"): [
        ("no parent", {"event_id": "E-IMPORT-1", "ticket_id": "T-IMPORT-1"}),
        ("no parent", {"event_id": "E-IMPORT-2", "ticket_id": "T99998"}),
        ("no parent", {"event_id": "E-IMPORT-3", "ticket_id": "T99999"}),
        ("outside its domain", {"event_id": "E-IMPORT-4", "field": "satisfaction"}),
        ("unparsable time", {"event_id": "E-IMPORT-5", "occurred_at": "#VALUE!"}),
    ],
    ("helpdesk", "ticket_messages"): [
        ("no parent", {"message_id": "M-IMPORT-1", "ticket_id": "T-IMPORT-1"}),
        ("no parent", {"message_id": "M-IMPORT-2", "ticket_id": "T-IMPORT-2"}),
        ("no parent", {"message_id": "M-IMPORT-3", "ticket_id": "T99999"}),
        ("outside its domain", {"message_id": "M-IMPORT-4", "author_type": "integration"}),
        ("missing time", {"message_id": "M-IMPORT-5", "sent_at": ""}),
    ],
    ("surveys", "invitations"): [
        ("missing time", {"invitation_id": "I-IMPORT-1", "sent_at": ""}),
        ("unparsable time", {"invitation_id": "I-IMPORT-2", "sent_at": "12/31/25 9:00"}),
    ],
    ("surveys", "responses"): [
        ("outside its domain", {"response_id": "R-IMPORT-1", "status": "completed"}),
        (
            "before its invitation",
            {"response_id": "R-IMPORT-2", "invitation_id": "I00001", "responded_at": "2024-10-01T08:00:00Z"},
        ),
        ("missing survey", {"response_id": "R-IMPORT-3", "survey_id": ""}),
    ],
    ("surveys", "answers"): [
        ("no parent", {"response_id": "R-IMPORT-1"}),
        ("no parent", {"response_id": "R-IMPORT-2"}),
        ("no parent", {"response_id": "R99999"}),
        ("no question", {"question_id": "rel_old_question"}),
    ],
    ("surveys", "followups"): [("no parent", {"followup_id": "F-IMPORT-1", "response_id": "R99999"})],
    ("voice", "reviews"): [("unparsable time", {"review_id": "V-IMPORT-1", "posted_at": "2 weeks ago"})],
    ("voice", "mentions"): [("outside its domain", {"mention_id": "W-IMPORT-1", "sentiment": "mixed"})],
}

# Scores written over good ones: refused as answers, never rounded or cut to the scale.
BAD_SCORES = {
    "rel_nps": ("11", "8.5", "ten", "11", "-1", "9/10"),
    "sup_csat": ("6", "4.5", "good", "0"),
}

# Strings that must come out of every page as harmless text.
HOSTILE = (
    "<script>alert('demo')</script> The new menu is slow.",
    "=1+1 is how our export begins now",
    "The total reads \u202e001\u202c backwards",
    "Two lines, one answer;\nthe second matters too",
)


def refused_rows(tables: Tables) -> dict[TableName, int]:
    """Count the rows of each table that staging must refuse: `REFUSED` and `BAD_SCORES`."""
    planted = {name: len(rows) for name, rows in REFUSED.items()}
    planted["surveys", "answers"] += sum(
        row["value"] in BAD_SCORES[str(row["question_id"])]
        for row in tables["surveys", "answers"]
        if row["question_id"] in BAD_SCORES
    )
    return planted


def plant_dirt(seed: int, tables: Tables) -> None:
    """Spoil the tables, in place."""
    dice = Dice(seed, "dirt")
    _newer_versions(dice, tables)
    _bad_scores(dice, tables)
    _hostile_comments(dice, tables)
    _edited_answers(dice, tables)
    _double_submissions(dice, tables)
    _previews(dice, tables)
    _early_answers(dice, tables)
    _clock_skew(dice, tables)
    _delivered_twice(dice, tables)
    _unknown_customers(dice, tables)
    for name, rows in REFUSED.items():
        good = dice.pick(tables[name]) if tables[name] else {}
        tables[name].extend(good | differences for _, differences in rows)


def _newer_versions(dice: Dice, tables: Tables) -> None:
    """Deliver a key again, changed since: the newer row wins."""
    for name, count, change in (
        (("crm", "customers"), 4, {"city": "Kaunas"}),
        (("helpdesk", "tickets"), 6, {"type": "problem"}),
        (("voice", "reviews"), 1, {"is_removed": False}),
    ):
        for row in dice.some(tables[name], count):
            moment = later(cast(datetime, row["updated_at"]), hours=5)
            tables[name].append(row | change | {"updated_at": min(moment, END_AT)})


def _bad_scores(dice: Dice, tables: Tables) -> None:
    for question, scores in BAD_SCORES.items():
        rows = _answers(tables, question)
        for row, score in zip(dice.some(rows, len(scores)), scores, strict=False):
            row["value"] = score


def _hostile_comments(dice: Dice, tables: Tables) -> None:
    rows = _answers(tables, "rel_comment")
    for row, words in zip(dice.some(rows, len(HOSTILE)), HOSTILE, strict=False):
        row["value"] = words


def _edited_answers(dice: Dice, tables: Tables) -> None:
    """Change scores later: within a week the change counts, after it the first word stands."""
    responded = _responded_at(tables)
    for row in dice.some(_answers(tables, "rel_nps"), 8):
        delay = timedelta(days=dice.pick((1, 3, 12, 30)))
        edited_at = responded[str(row["response_id"])] + delay
        if edited_at < END_AT:
            tables["surveys", "answers"].append(row | {"value": 7, "updated_at": edited_at})


def _double_submissions(dice: Dice, tables: Tables) -> None:
    """Press the send button twice: all the same, minutes apart, under another id."""
    invited = [row for row in tables["surveys", "responses"] if row.get("invitation_id")]
    for number, row in enumerate(dice.some(invited, 3), start=1):
        again = f"R-TWICE-{number}"
        moment = later(cast(datetime, row["responded_at"]), minutes=2)
        if moment >= END_AT:
            continue
        tables["surveys", "responses"].append(row | {"response_id": again, "responded_at": moment})
        tables["surveys", "answers"] += [
            answer | {"response_id": again}
            for answer in tables["surveys", "answers"]
            if answer["response_id"] == row["response_id"]
        ]


def _previews(dice: Dice, tables: Tables) -> None:
    """Look at the survey ourselves: kept, never counted."""
    for number, row in enumerate(dice.some(tables["surveys", "responses"], 5), start=1):
        own = f"R-PREVIEW-{number}"
        marks = {"status": dice.pick(("preview", "test", "spam")), "is_test": dice.chance(0.5)}
        tables["surveys", "responses"].append(row | {"response_id": own, "invitation_id": ""} | marks)
        nps: Row = {"response_id": own, "question_id": "rel_nps", "answer_no": 1, "value": 10}
        tables["surveys", "answers"].append(nps)


def _early_answers(dice: Dice, tables: Tables) -> None:
    """Let two clocks disagree: answered three minutes before the invitation was sent."""
    sent = {row["invitation_id"]: row["sent_at"] for row in tables["surveys", "invitations"]}
    invited = [row for row in tables["surveys", "responses"] if row.get("invitation_id")]
    for row in dice.some(invited, 2):
        row["responded_at"] = later(cast(datetime, sent[row["invitation_id"]]), minutes=-3)


def _clock_skew(dice: Dice, tables: Tables) -> None:
    """Date replies before their tickets: by a second (a rounding), by hours (a wrong clock)."""
    asked = [row for row in tables["helpdesk", "tickets"] if row["assignee_id"]]
    for number, row in enumerate(dice.some(asked, 4), start=1):
        early = timedelta(seconds=1) if number % 2 else timedelta(hours=2)
        tables["helpdesk", "ticket_messages"].append(
            {
                "message_id": f"M-SKEW-{number}",
                "ticket_id": row["ticket_id"],
                "sent_at": cast(datetime, row["created_at"]) - early,
                "author_id": row["assignee_id"],
                "author_type": "agent",
                "is_public": True,
                "is_automated": False,
                "body": "We are looking into it.",
            }
        )


def _delivered_twice(dice: Dice, tables: Tables) -> None:
    """Deliver messages again seconds later, as some channels do."""
    messages = tables["helpdesk", "ticket_messages"]
    said = [row for row in messages if row["body"] and row["author_type"] == "customer"]
    for number, row in enumerate(dice.some(said, 8), start=1):
        moment = min(later(cast(datetime, row["sent_at"]), seconds=dice.whole(3, 50)), END_AT)
        messages.append(row | {"message_id": f"M-TWICE-{number}", "sent_at": moment})


def _unknown_customers(dice: Dice, tables: Tables) -> None:
    """Refer to customers the CRM does not know: the rows stay, their segment is unknown."""
    for row in dice.some(tables["helpdesk", "tickets"], 5):
        row["customer_id"] = "C-UNKNOWN"
    for row in dice.some(tables["crm", "touchpoints"], 3):
        row["customer_id"] = "C-UNKNOWN"


def _answers(tables: Tables, question: str) -> list[Row]:
    rows = tables["surveys", "answers"]
    return [row for row in rows if row["question_id"] == question and row["value"] is not None]


def _responded_at(tables: Tables) -> dict[str, datetime]:
    responses = tables["surveys", "responses"]
    return {str(row["response_id"]): cast(datetime, row["responded_at"]) for row in responses}
