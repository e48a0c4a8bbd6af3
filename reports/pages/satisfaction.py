"""Are customers satisfied: the indices over time, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.figures.measures import RELATIONAL_FIRST, TRANSACTIONAL_FIRST, choose
from reports.figures.subjects import attributes
from reports.glyphs import Whisker, whisker
from reports.numbers import Number
from reports.pages.parts import Cell, Context, Figure, Table, status_words
from reports.pages.trends import measure_figure
from reports.release import Row
from reports.words import N_

MEASURES = (
    ("csi", ("csi",), RELATIONAL_FIRST),
    ("csat", ("csat_t2b",), TRANSACTIONAL_FIRST),
    ("csat-mean", ("csat_mean",), TRANSACTIONAL_FIRST),
    ("ces", ("ces_5", "ces2_pct"), TRANSACTIONAL_FIRST),
    ("ces-mean", ("ces2_mean",), TRANSACTIONAL_FIRST),
)
METRICS_SHOWN = tuple(metric for _, metrics, _ in MEASURES for metric in metrics)


@dataclass(frozen=True)
class AttributeRow:
    """One attribute: importance, satisfaction with its interval, and where it falls."""

    name: str
    satisfaction: Number | None
    importance: Number | None
    base: Number | None
    glyph: Whisker | None
    words: str
    weak: bool


@dataclass(frozen=True)
class AttributeTable:
    """The attributes of the index in one period."""

    title: Markup
    subtitle: Markup
    rows: tuple[AttributeRow, ...]
    table: Table


def build(context: Context) -> dict[str, Any]:
    """Everything that the satisfaction page places."""
    figures: list[Figure] = []
    for figure_id, metrics, programmes in MEASURES:
        measure = choose(context.release, metrics, programmes, context.edition)
        if measure.rows or figure_id in ("csi", "csat", "ces"):
            figures.append(
                measure_figure(
                    context,
                    measure,
                    figure_id=f"f-{figure_id}",
                    number=len(figures) + 1,
                    height=240,
                    empty=N_("This question has no answers yet."),
                )
            )
    return {
        "heading": context.say(N_("Are customers satisfied?")),
        "figures": figures,
        "attributes": attribute_table(context),
    }


def attribute_table(context: Context, most: int = 20) -> AttributeTable | None:
    """What is asked about, the most important first."""
    found = attributes(context.release, context.edition)
    if found is None:
        return None
    ends = [
        n
        for row in found.rows
        for n in (row.number("satisfaction"), row.number("ci_low"), row.number("ci_high"))
        if n is not None
    ]
    low, high = (min(ends), max(ends)) if ends else (0.0, 100.0)
    rows = []
    for row in found.rows[:most]:
        value = context.printer.number("csi", row, "satisfaction")
        quadrant = row.text("quadrant")
        rows.append(
            AttributeRow(
                context.words.term("attribute", row.text("attribute")),
                value,
                context.printer.number("csi", row, "importance_stated"),
                context.printer.count("csi", row),
                None
                if value is None
                else whisker(value.value, row.number("ci_low"), row.number("ci_high"), None, low, high),
                context.words.term("quadrant", quadrant)
                if quadrant and value is not None
                else status_words(context, row),
                row.text("publish_status") != "ok",
            )
        )
    first = [
        row.name
        for row, source in zip(rows, found.rows, strict=False)
        if source.text("quadrant") == "concentrate"
    ]
    if first:
        title = context.say(
            N_("Important and below average: {attributes}"), attributes=context.formats.list(first[:3])
        )
    else:
        title = context.say(N_("No important attribute lies clearly below average"))
    subtitle = context.say(
        N_("Satisfaction 0–100 with 95% CI and stated importance, {period}; what to do follows from both"),
        period=context.period(found.period),
    )
    return AttributeTable(title, subtitle, tuple(rows), attribute_data(context, found.rows))


def attribute_data(context: Context, rows: Sequence[Row]) -> Table:
    """Every attribute with interval, importance and base."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        "attributes",
        words.gettext(N_("Attributes of the satisfaction index")),
        [
            words.gettext(N_("Attribute")),
            words.gettext(N_("Satisfaction")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Importance")),
            words.gettext(N_("Base")),
            words.gettext(N_("What to do")),
        ],
        [
            [
                words.term("attribute", row.text("attribute")),
                *(
                    printer.number("csi", row, column) or dash
                    for column in ("satisfaction", "ci_low", "ci_high", "importance_stated")
                ),
                printer.count("csi", row) or dash,
                words.term("quadrant", row.text("quadrant")) if row.text("quadrant") else "",
            ]
            for row in rows
        ],
    )
