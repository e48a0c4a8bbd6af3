"""Can we trust it: what was checked, is every row accounted for, how fresh is it, what was released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.checks import in_words, translated
from reports.figures.trust import (
    RESPONSE_BIAS,
    check_rows,
    freshness,
    manifest,
    nonresponse,
    outcome,
    reconciliation,
    rejections,
    rows_by_period,
    rule_hits,
    touched,
)
from reports.glyphs import Spark, spark
from reports.numbers import Number
from reports.pages.parts import Cell, Context, Table, category, status_words
from reports.pages.summary import trust_facts
from reports.release import COUNTED, Row
from reports.words import N_

MOST_ROWS = 40
MOST_LETTERS = 280


def build(context: Context) -> dict[str, Any]:
    """Everything that the quality page places."""
    fresh = freshness_rows(context)
    return {
        "heading": context.say(N_("Can we trust these numbers?")),
        "trust": trust_facts(context),
        "checks": checks_table(context),
        "not_passed": not_passed_table(context),
        "every_check": every_check(context),
        "bias": bias_table(context),
        "reconciliation": reconciliation_table(context),
        "rejections": rejections_table(context),
        "rules": rules_table(context),
        "fresh": fresh,
        "fresh_ends": tuple(
            context.formats.short_period(context.edition.back(back)) for back in (context.edition.card - 1, 0)
        ),
        "freshness": freshness_table(context, fresh),
        "manifest": manifest_table(context),
        "marts": marts_table(context),
    }


def checks_table(context: Context) -> Table | None:
    """How many checks of each suite passed."""
    words = context.words
    rows = check_rows(context.release)
    if not rows:
        return None
    suites: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        counted = suites.setdefault((row.text("kind"), row.text("suite")), {})
        counted[outcome(row)] = counted.get(outcome(row), 0) + 1
    statuses = ("pass", "warn", "fail", "error")
    return Table(
        "checks",
        words.gettext(N_("Checks of this release by kind and suite")),
        [
            words.gettext(N_("Kind")),
            words.gettext(N_("Suite")),
            *(words.term("check_status", status) for status in statuses),
        ],
        [
            [
                words.term("check_kind", kind),
                words.term("suite", suite) or "–",
                *(context.formats.number(counted.get(status, 0)) for status in statuses),
            ]
            for (kind, suite), counted in sorted(suites.items())
        ],
        words=(1,),
    )


def every_check(context: Context) -> Table | None:
    """Every check with what it expected and what it found; too many for a page, so a file beside it."""
    words = context.words
    rows = check_rows(context.release)
    if not rows:
        return None
    return Table(
        "every-check",
        words.gettext(N_("Every check: what was expected and what was observed")),
        [
            words.gettext(N_("Check")),
            words.gettext(N_("Kind")),
            words.gettext(N_("Suite")),
            words.gettext(N_("About")),
            words.gettext(N_("Expected")),
            words.gettext(N_("Observed")),
            words.gettext(N_("Result")),
            words.gettext(N_("Message")),
        ],
        [
            [
                row.text("check_id"),
                words.term("check_kind", row.text("kind")),
                words.term("suite", row.text("suite")),
                row.text("subject"),
                in_words(words, row.text("expected")),
                in_words(words, row.text("observed")),
                words.term("check_status", outcome(row)),
                row.text("message"),
            ]
            for row in rows
        ],
        is_text=True,
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
        "not-passed",
        words.gettext(N_("Checks that did not pass, and what they are about")),
        [
            words.gettext(N_("Check")),
            words.gettext(N_("Suite")),
            words.gettext(N_("About")),
            words.gettext(N_("Expected")),
            words.gettext(N_("Observed")),
            words.gettext(N_("Result")),
            words.gettext(N_("Touches")),
            words.gettext(N_("Message")),
        ],
        [
            [
                row.text("check_id"),
                words.term("suite", row.text("suite")) or "–",
                row.text("subject"),
                in_words(words, row.text("expected")) or "–",
                in_words(words, row.text("observed")) or "–",
                words.term("check_status", outcome(row)),
                touched_words(context, row),
                message_of(context, row),
            ]
            for row in rows[:MOST_ROWS]
        ],
        is_text=True,
    )


def touched_words(context: Context, row: Row) -> str:
    """The headline measures that a check is about, by the names of their cards."""
    titles = dict.fromkeys(context.words.metric(metric, "title") for metric in touched(row))
    return context.formats.list(list(titles)) if titles else "–"


def message_of(context: Context, row: Row) -> Cell | Markup | str:
    """What the gate says of a check, where that is more than what was expected and observed."""
    text = row.text("message")[:MOST_LETTERS]
    if row.text("kind") == "expectation" and translated(context.words, row.text("expected")) is not None:
        return "–"
    if context.words.language == "en":
        return Cell(text, muted=True)
    # The descriptions of dbt tests are the project's own English.
    return Markup('<span class="muted" lang="en">{text}</span>').format(text=text)


def reconciliation_table(context: Context) -> Table | None:
    """Raw rows of every table and what became of them."""
    words, printer = context.words, context.printer
    rows = reconciliation(context.release)
    if not rows:
        return None
    return Table(
        "reconciliation",
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
        "rejections",
        words.gettext(N_("Rejected rows by rule, most first")),
        [words.gettext(N_("Table")), words.gettext(N_("Reason")), words.gettext(N_("Rows"))],
        [
            [
                f"{row.text('system')}.{row.text('table_name')}",
                rejection(context, row.text("reason")),
                context.printer.count("rows", row, COUNTED),
            ]
            for row in found[:MOST_ROWS]
        ],
        words=(1,),
    )


def rejection(context: Context, reason: str) -> str:
    """Why rows were turned away, in words, and the column it is about."""
    kind, colon, column = reason.partition(": ")
    return context.words.registry("rejection", kind) + colon + column


@dataclass(frozen=True)
class Fresh:
    """A fact's newest record, its rows, and a line of the rows of each month."""

    name: str
    newest: str
    rows: Number | None
    month: Number | None
    line: Spark | None


def freshness_rows(context: Context) -> list[Fresh]:
    """How far each fact reaches, and how many rows each of the last months brought."""
    edition, formats = context.edition, context.formats
    starts = [edition.back(back) for back in range(edition.card - 1, -1, -1)]
    found = []
    for one in freshness(context.release):
        counted = rows_by_period(context.release, one.mart, edition, starts)
        found.append(
            Fresh(
                one.mart,
                formats.instant(one.newest),
                context.printer.count("rows", one.rows, COUNTED),
                context.printer.count("rows", counted[-1], COUNTED),
                spark([row.number(COUNTED) for row in counted]),
            )
        )
    return found


def freshness_table(context: Context, rows: Sequence[Fresh]) -> Table | None:
    """The newest record of every fact, as data."""
    words = context.words
    if not rows:
        return None
    return Table(
        "freshness",
        words.gettext(N_("The newest record of every fact")),
        [
            words.gettext(N_("Fact")),
            words.gettext(N_("Newest record")),
            words.gettext(N_("Rows")),
            context.now,
        ],
        [[one.name, one.newest, one.rows, one.month or Cell("–", muted=True)] for one in rows],
    )


def bias_table(context: Context) -> Table | None:
    """Who answers more often than the rest, so that a reader knows whose opinion is heard."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    found = nonresponse(context.release, context.edition)
    if found is None:
        return None
    period, rows = found
    return Table(
        "response-bias",
        words.gettext(
            N_("Share of those asked who answered, against all others who were asked, {period}")
        ).format(period=context.period(period)),
        [
            words.gettext(N_("Group")),
            words.gettext(N_("Programme")),
            words.gettext(N_("Asked")),
            words.gettext(N_("Answered")),
            words.gettext(N_("Others")),
            words.gettext(N_("Difference")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Note")),
        ],
        [
            [
                context.say(
                    "{dimension}: {value}",
                    dimension=words.term("frame", row.text("frame_variable")),
                    value=words.term("frame_value", row.text("frame_value"))
                    if row.text("frame_variable") in ("had_ticket", "later_churn")
                    else category(context, row.text("frame_variable"), row.text("frame_value")),
                ),
                words.term("programme", row.text("programme")),
                printer.count(RESPONSE_BIAS, row, "delivered") or dash,
                printer.percent(RESPONSE_BIAS, row, "response_rate", 1) or dash,
                printer.percent(RESPONSE_BIAS, row, "others_response_rate", 1) or dash,
                *(printer.points(RESPONSE_BIAS, row, name) or dash for name in ("gap", "ci_low", "ci_high")),
                Cell(bias_words(context, row), muted=True),
            ]
            for row in rows
        ],
        words=(1,),
    )


def bias_words(context: Context, row: Row) -> str:
    """Whether the group answers otherwise than the rest, by the mart's own interval."""
    said = status_words(context, row)
    low, high = row.number("ci_low"), row.number("ci_high")
    if said or low is None or high is None:
        return said
    if low > 0:
        return context.words.gettext(N_("heard more, beyond chance"))
    if high < 0:
        return context.words.gettext(N_("heard less, beyond chance"))
    return context.words.gettext(N_("within the margin of error"))


def rules_table(context: Context) -> Table | None:
    """The data-quality rules that fired: what they found, how often, and what was done about it."""
    words, printer = context.words, context.printer
    rows = rule_hits(context.release)
    if not rows:
        return None
    return Table(
        "rules",
        words.gettext(N_("Rules that fired, most often first")),
        [
            words.gettext(N_("Rule")),
            words.gettext(N_("Table")),
            words.gettext(N_("What was done")),
            words.gettext(N_("Rows")),
            words.gettext(N_("Of checked")),
            words.gettext(N_("Share")),
        ],
        [
            [
                words.registry("rule", row.text("rule_name")) or row.text("rule_id"),
                ".".join(part for part in (row.text("system"), row.text("table_name")) if part),
                words.term("rule_action", row.text("action")),
                printer.count("rule_hits", row, "n_hit") or Cell("–", muted=True),
                printer.count("rule_hits", row, "n_checked") or Cell("–", muted=True),
                printer.percent("rule_hits", row, "share", 2) or Cell("–", muted=True),
            ]
            for row in rows[:MOST_ROWS]
        ],
        words=(1, 2),
    )


def manifest_table(context: Context) -> Table | None:
    """What the release says of itself."""
    words = context.words
    found = manifest(context.release)
    if not found:
        return None
    return Table(
        "manifest",
        words.gettext(N_("What the release says of itself")),
        [words.gettext(N_("Entry")), words.gettext(N_("Value"))],
        [[words.term("manifest", name), value] for name, value in found],
        is_text=True,
    )


def marts_table(context: Context) -> Table | None:
    """Every published table and its rows."""
    words, release = context.words, context.release
    names = release.tables()
    if not names:
        return None
    return Table(
        "tables",
        words.gettext(N_("Published tables")),
        [words.gettext(N_("Table")), words.gettext(N_("Rows"))],
        [[name, context.printer.count("rows", release.counts(name, ())[0], COUNTED)] for name in names],
    )
