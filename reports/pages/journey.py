"""Where does it break: the scores of each stage of the customer's way, in the order of the way."""

from __future__ import annotations

from typing import Any

from reports.figures.measures import (
    COLUMNS,
    KEY,
    MART,
    RELATIONAL_FIRST,
    TRANSACTIONAL_FIRST,
    Edition,
    State,
    Tone,
)
from reports.figures.subjects import Breakdown, breakdown
from reports.pages.groups import Groups, apart_title, group_table
from reports.pages.parts import Cell, Context, Table, category, status_words
from reports.registry import METRICS as METRICS_KNOWN
from reports.registry import VOCABULARY
from reports.release import Release, Row
from reports.sentences import BEYOND_CHANCE, CHANGE_WORDS
from reports.words import N_

# What a stage may be scored by, and whose answers speak first (CLARIFICATIONS D19).
SCORES = (
    ("nps_rel", ("relational", "study")),
    ("nps_txn", ("transactional",)),
    ("csi", RELATIONAL_FIRST[:3]),
    ("csat_t2b", TRANSACTIONAL_FIRST[:3]),
    ("ces_5", TRANSACTIONAL_FIRST[:3]),
    ("ces2_pct", TRANSACTIONAL_FIRST[:3]),
)
METRICS = tuple(metric for metric, _ in SCORES)
PLACES = ("stage", "touchpoint")


def has_data(release: Release, edition: Edition) -> bool:
    """Whether any stage or touchpoint that has a name is scored; the marts cross no segments with stages."""
    if edition.segment is not None:
        return False
    rows = release.rows(MART, (), ("dimension_value",), {"metric": list(METRICS), "dimension": list(PLACES)})
    return any(row.text("dimension_value") != "unknown" for row in rows)


def found_scores(context: Context, place: str) -> list[tuple[str, str, Breakdown]]:
    """Every score of the stages (or touchpoints) with its programme, in its shortest reliable period."""
    found = []
    for metric, programmes in SCORES:
        for programme in programmes:
            own = {"metric": metric, "programme": programme}
            one = breakdown(context.release, MART, COLUMNS, KEY, place, context.edition, **own)
            if one is not None and named(one):
                found.append((metric, programme, one))
                break
    return found


def named(one: Breakdown) -> list[Row]:
    """The rows of the breakdown that say more than that nothing is known."""
    return [row for row in one.rows if row.text("dimension_value") != "unknown"]


def scores_table(context: Context, place: str) -> Table | None:
    """Each stage with its scores and how each changed, in the order of the way."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    order = {value: index for index, value in enumerate(VOCABULARY[place])}
    rows = [
        (order.get(row.text("dimension_value"), len(order)), row.text("dimension_value"), metric, one, row)
        for metric, _, one in found_scores(context, place)
        for row in named(one)
    ]
    if not rows:
        return None
    rows.sort(key=lambda found: (found[0], found[1], METRICS.index(found[2])))
    return Table(
        f"scores-by-{place}",
        words.gettext(N_("Scores in the order of the journey, each compared with the period before")),
        [
            words.term("dimension", place),
            words.gettext(N_("Measure")),
            words.gettext(N_("Period")),
            words.gettext(N_("Value")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Base")),
            words.gettext(N_("Change")),
            words.gettext(N_("Note")),
        ],
        [
            [
                category(context, place, value),
                words.metric(metric, "title"),
                context.period(one.period),
                printer.number(metric, row, "value") or dash,
                printer.number(metric, row, "ci_low") or dash,
                printer.number(metric, row, "ci_high") or dash,
                printer.count(metric, row) or dash,
                printer.changed(metric, row) or dash,
                Cell(change_note(context, metric, row), muted=True),
            ]
            for _, value, metric, one, row in rows
        ],
        words=(1, 2, 8),
    )


def change_note(context: Context, metric: str, row: Row) -> str:
    """Whether the change is more than chance, or why it cannot be told."""
    said = status_words(context, row)
    if said:
        return said
    signal = row.text("signal")
    if signal in ("up", "down"):
        better = (signal == "up") == (METRICS_KNOWN[metric].direction == "up")
        return context.words.gettext(BEYOND_CHANCE[Tone.GOOD if better else Tone.BAD])
    return context.words.gettext(CHANGE_WORDS[State.FLAT if signal == "none" else State.UNTESTED])


def compared(context: Context, place: str) -> list[Groups]:
    """The scores that more than one stage was asked for, side by side."""
    return [
        group_table(
            context,
            one,
            metric,
            group_id=f"{place}-{metric.replace('_', '-')}-{programme}",
            title=apart_title,
            order=tuple(VOCABULARY[place]),
        )
        for metric, programme, one in found_scores(context, place)
        if len(named(one)) > 1
    ]


def unasked(context: Context) -> str:
    """The stages of the way that no survey asks about, as a list; empty when there is none."""
    rows = context.release.rows(
        MART, (), ("dimension_value",), {"metric": list(METRICS), "dimension": "stage"}
    )
    asked = {row.text("dimension_value") for row in rows}
    known = context.release.rows("kpi_survey_funnel", (), ("dimension_value",), {"dimension": "stage"})
    silent = sorted({row.text("dimension_value") for row in known} - asked - {"unknown"})
    return context.formats.list([category(context, "stage", value) for value in silent]) if silent else ""


def build(context: Context) -> dict[str, Any]:
    """Everything that the journey page places."""
    silent = unasked(context)
    return {
        "heading": context.say(N_("Where does the customer journey break?")),
        "stages": scores_table(context, "stage"),
        "stage_groups": compared(context, "stage"),
        "touchpoints": scores_table(context, "touchpoint"),
        "touchpoint_groups": compared(context, "touchpoint"),
        "silent": context.say(N_("Surveyed, but without a score: {stages}."), stages=silent)
        if silent
        else None,
    }
