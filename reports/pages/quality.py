"""Can we trust it, how is it counted: checks, accounted rows and definitions, all from the release."""

from __future__ import annotations

from typing import Any

from reports.figures.trust import (
    check_rows,
    definitions,
    measured,
    outcome,
    reconciliation,
    rejections,
)
from reports.pages.parts import Cell, Context, Table
from reports.pages.summary import trust_facts
from reports.release import Row
from reports.words import N_

MOST_ROWS = 40


def build(context: Context) -> dict[str, Any]:
    """Everything that the quality page places."""
    return {
        "heading": context.say(N_("Can we trust these numbers?")),
        "trust": trust_facts(context),
        "checks": checks_table(context),
        "not_passed": not_passed_table(context),
        "reconciliation": reconciliation_table(context),
        "rejections": rejections_table(context),
        "definitions": definition_entries(context),
    }


def checks_table(context: Context) -> Table | None:
    """How many checks of each kind passed."""
    words = context.words
    rows = check_rows(context.release)
    if not rows:
        return None
    kinds: dict[str, dict[str, int]] = {}
    for row in rows:
        counted = kinds.setdefault(row.text("kind"), {})
        counted[outcome(row)] = counted.get(outcome(row), 0) + 1
    statuses = ("pass", "warn", "fail", "error")
    return Table(
        words.gettext(N_("Checks of this release by kind")),
        [words.gettext(N_("Kind")), *(words.term("check_status", status) for status in statuses)],
        [
            [
                words.term("check_kind", kind),
                *(context.formats.number(counted.get(status, 0)) for status in statuses),
            ]
            for kind, counted in sorted(kinds.items())
        ],
    )


def not_passed_table(context: Context) -> Table | None:
    """The checks that did not pass, the graver first."""
    words = context.words
    order = {"error": 0, "fail": 1, "warn": 2}
    rows = [row for row in check_rows(context.release) if outcome(row) != "pass"]
    rows.sort(key=lambda row: (order.get(outcome(row), 3), row.text("check_id")))
    if not rows:
        return None
    return Table(
        words.gettext(N_("Checks that did not pass, and what they are about")),
        [
            words.gettext(N_("Check")),
            words.gettext(N_("About")),
            words.gettext(N_("Result")),
            words.gettext(N_("Message")),
        ],
        [
            [
                row.text("check_id"),
                row.text("subject"),
                words.term("check_status", outcome(row)),
                Cell(row.text("message")[:280], muted=True),
            ]
            for row in rows[:MOST_ROWS]
        ],
        is_text=True,
    )


def reconciliation_table(context: Context) -> Table | None:
    """Raw rows of every table and what became of them."""
    words, printer = context.words, context.printer
    rows = reconciliation(context.release)
    if not rows:
        return None
    return Table(
        words.gettext(N_("Every raw row: read = accepted + rejected + superseded")),
        [
            words.gettext(N_("Table")),
            words.gettext(N_("Read")),
            words.gettext(N_("Accepted")),
            words.gettext(N_("Rejected")),
            words.gettext(N_("Superseded")),
        ],
        [
            [
                f"{row.text('system')}.{row.text('table_name')}",
                *(
                    printer.count("row_reconciliation", row, column) or Cell("–", muted=True)
                    for column in ("raw_rows", "accepted_rows", "rejected_rows", "superseded_rows")
                ),
            ]
            for row in rows
        ],
    )


def rejections_table(context: Context) -> Table | None:
    """The rules that turned rows away."""
    words = context.words
    found = rejections(context.release)
    if not found:
        return None
    return Table(
        words.gettext(N_("Rejected rows by rule, most first")),
        [words.gettext(N_("Table")), words.gettext(N_("Reason")), words.gettext(N_("Rows"))],
        [
            [f"{system}.{table}", reason, context.formats.number(count)]
            for system, table, reason, count in found[:MOST_ROWS]
        ],
    )


def definition_entries(context: Context) -> list[dict[str, object]]:
    """Every metric of the registry that this release measures, in the warehouse's own words."""
    present = measured(context.release)
    rows = definitions(context.release)
    chosen = [row for row in rows if row.text("metric") in present] or rows
    return [definition_entry(context, row) for row in chosen]


def definition_entry(context: Context, row: Row) -> dict[str, object]:
    """One metric: its name, formula, base, time, direction, target and owner."""
    words = context.words
    facts: list[tuple[str, object]] = []
    for label, column in (
        (N_("Base"), "base"),
        (N_("Counted at"), "time_attribution"),
        (N_("Owner"), "owner"),
    ):
        if row.text(column):
            facts.append((words.gettext(label), row.text(column)))
    if row.text("direction"):
        facts.append((words.gettext(N_("Direction")), words.term("direction", row.text("direction"))))
    target = context.printer.plain(row, "target")
    if target is not None:
        facts.append((words.gettext(N_("Target")), target))
    return {
        "metric": row.text("metric"),
        "name": row.text("name") or row.text("metric"),
        "formula": row.text("formula"),
        "facts": facts,
    }
