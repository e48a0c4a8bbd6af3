"""Groups of a breakdown as dots with intervals on one scale, against everyone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.figures.subjects import Breakdown
from reports.glyphs import Whisker, whisker
from reports.numbers import Number, say
from reports.pages.parts import Cell, Context, Table, category, status_words
from reports.release import Row
from reports.words import N_

MOST_GROUPS = 12
MOST_HIDDEN = 3
DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class GroupRow:
    """One group of a breakdown with its dot and interval."""

    label: str
    value: Number | None
    base: Number | None
    glyph: Whisker | None
    words: str
    weak: bool
    # The share as counted, where the value is made comparable.
    counted: Number | None = None


@dataclass(frozen=True)
class Groups:
    """A breakdown as a table of dots, and the same as data."""

    id: str
    title: Markup
    subtitle: Markup
    heading: str
    value_heading: str
    rows: tuple[GroupRow, ...]
    table: Table
    counted_heading: str = ""


Title = Callable[[Context, Breakdown, str, str], Markup]


def group_table(
    context: Context,
    found: Breakdown,
    metric: str,
    *,
    group_id: str,
    title: Title,
    column: str = "value",
    order: Sequence[str] | None = None,
    is_ranked: bool = True,
) -> Groups:
    """A breakdown by value, by name or in a given order; groups without a value stand last, with words."""
    shown = [row for row in found.rows if row.number(column) is not None]
    hidden = [row for row in found.rows if row.number(column) is None]
    if order is not None:
        # What is not in the given order follows it.
        place = {value: index for index, value in enumerate(order)}
        shown.sort(key=lambda row: (place.get(row.text("dimension_value"), len(place)), by_name(row)))
    elif is_ranked:
        shown.sort(key=lambda row: (-(row.number(column) or 0.0), by_name(row)))
    else:
        shown.sort(key=by_name)
    ends = [
        number
        for row in shown
        for number in (row.number("ci_low"), row.number("ci_high"), row.number(column))
        if number is not None
    ]
    reference = None if found.total is None else found.total.number(column)
    ends += [] if reference is None else [reference]
    start, end = (min(ends), max(ends)) if ends else (0.0, 1.0)
    placed, rest = room_for(context, shown, hidden)
    rows = [
        GroupRow(
            category(context, found.dimension, row.text("dimension_value")),
            context.printer.number(metric, row, column),
            context.printer.count(metric, row),
            None
            if (value := row.number(column)) is None
            else whisker(value, row.number("ci_low"), row.number("ci_high"), reference, start, end),
            status_words(context, row),
            row.text("publish_status") != "ok",
        )
        for row in placed
    ]
    subtitle = context.say(
        N_("{measure} with 95% CI, {period}; dashed line: everyone; apart: the whole interval beside it"),
        measure=context.words.metric(metric, "title"),
        period=context.period(found.period),
    )
    return Groups(
        group_id,
        title(context, found, metric, column),
        subtitle + rest,
        context.words.term("dimension", found.dimension),
        value_heading(context, metric),
        tuple(rows),
        data_of(context, found, metric, column, group_id, [*shown, *hidden]),
    )


def room_for(context: Context, shown: Sequence[Row], hidden: Sequence[Row]) -> tuple[list[Row], Markup]:
    """The groups a page has room for, and a sentence about the rest.

    Many groups too small to be shown would drown the few that can be read: they are counted.
    """
    rows = [*shown[:MOST_GROUPS], *(hidden if len(hidden) <= MOST_HIDDEN else ())]
    said = Markup("")
    more = len(shown[MOST_GROUPS:])
    if more:
        said += ". " + context.say(
            context.words.ngettext(
                "One more group is in the data only", "{count} more groups are in the data only", more
            ),
            count=context.formats.number(more),
        )
    if len(hidden) > MOST_HIDDEN:
        said += ". " + context.say(
            context.words.ngettext(
                "{count} group is too small to be shown",
                "{count} groups are too small to be shown",
                len(hidden),
            ),
            count=context.formats.number(len(hidden)),
        )
    return rows, said


def by_name(row: Row) -> tuple[tuple[int, str], ...]:
    """The order of names as people count: group 2 before group 10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in DIGITS.split(name_of(row)))


def name_of(row: Row) -> str:
    """A group's own name."""
    return row.text("dimension_value")


def value_heading(context: Context, metric: str) -> str:
    """What stands over the values: NPS is known by its name, the rest are told in the subtitle."""
    return "NPS" if metric.startswith("nps") else context.words.gettext(N_("Value"))


def data_of(
    context: Context, found: Breakdown, metric: str, column: str, table_id: str, rows: Sequence[Row]
) -> Table:
    """Every group with its interval and base."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        table_id,
        words.metric(metric, "title"),
        [
            words.term("dimension", found.dimension),
            value_heading(context, metric),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Base")),
            words.gettext(N_("Note")),
        ],
        [
            [
                category(context, found.dimension, row.text("dimension_value")),
                printer.number(metric, row, column) or dash,
                printer.number(metric, row, "ci_low") or dash,
                printer.number(metric, row, "ci_high") or dash,
                printer.count(metric, row) or dash,
                Cell(status_words(context, row), muted=True),
            ]
            for row in rows
        ],
    )


def apart_title(context: Context, found: Breakdown, metric: str, column: str) -> Markup:
    """Which groups' whole interval lies beside the value of everyone, under the name of the measure."""
    return apart(context, found, metric, column, context.words.metric(metric, "title"))


def dimension_title(context: Context, found: Breakdown, metric: str, column: str) -> Markup:
    """The same under the name of the breakdown, where several of one measure stand side by side."""
    return apart(context, found, metric, column, context.words.term("dimension", found.dimension))


def apart(context: Context, found: Breakdown, metric: str, column: str, head: str) -> Markup:
    """Which groups stand apart from everyone, and where they are: no league table, no rank."""
    total = None if found.total is None else found.total.number(column)
    judged = [row for row in found.rows if row.text("publish_status") == "ok"]
    if total is None or found.total is None or not judged:
        return context.say(N_("{head}: too few cases to compare"), head=head)
    everyone = context.printer.number(metric, found.total, column)
    apart = [row for row in judged if lies_apart(row, total)]
    if not apart:
        return context.say(
            N_("{head}: none stands apart from everyone ({everyone})"), head=head, everyone=everyone
        )
    names = {
        f"group{place}": context.say(
            "{name} ({value})",
            name=category(context, found.dimension, name_of(row)),
            value=context.printer.number(metric, row, column),
        )
        for place, row in enumerate(sorted(apart, key=by_name))
    }
    return context.say(
        N_("{head}, apart from everyone ({everyone}): {names}"),
        head=head,
        everyone=everyone,
        names=say(context.formats.list([f"{{{name}}}" for name in names]), **names),
    )


def lies_apart(row: Row, reference: float) -> bool:
    """Whether the row's interval lies wholly on one side of the reference."""
    low, high = row.number("ci_low"), row.number("ci_high")
    return (high is not None and high < reference) or (low is not None and low > reference)
