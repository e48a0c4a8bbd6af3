"""How fast do we answer: percentiles of the wait, promises kept, the backlog."""

from __future__ import annotations

import datetime as dt
from typing import Any

from markupsafe import Markup

from reports.charts import HALF, Line, Stack, Trend, draw, stacks, trend
from reports.figures.measures import ANY, COLUMNS, KEY, MART, choose
from reports.figures.subjects import (
    backlog,
    backlog_classes,
    breakdown,
    headline_clock,
    response_groups,
    response_times,
    sla,
)
from reports.numbers import text_of
from reports.pages.groups import Groups, dimension_title, group_table
from reports.pages.parts import Cell, Context, Figure, Table, category, status_words
from reports.pages.trends import (
    axis_value,
    happened,
    joined,
    measure_figure,
    month_axis,
    month_span,
    points,
    trend_note,
)
from reports.release import Row
from reports.words import N_

MEDIAN, SLOWEST = "frt_human_median", "frt_human_p90"
CLOCK_WORDS = {
    "calendar": N_(
        "First reply by a person in calendar time, by period of the request. Waiting requests count."
    ),
    "business": N_(
        "First reply by a person in working time, by period of the request. Waiting requests count."
    ),
}

CLOCK_OF_GROUPS = {
    "calendar": N_("First reply, calendar time. {dimension}, {period}"),
    "business": N_("First reply, working time. {dimension}, {period}"),
}


def percentiles_figure(context: Context, number: int, clock: str, *, is_headline: bool = True) -> Figure:
    """Median, three quarters and nine tenths of the first reply over time; the other clock more briefly."""
    words, formats = context.words, context.formats
    figure_id = f"f-response-{clock}"
    subtitle = words.gettext(CLOCK_WORDS[clock])
    rows = response_times(context.release, context.edition, clock=clock)
    if not is_headline:
        rows = context.edition.recent(rows, periods=context.edition.card)
    valued = [row for row in rows if row.number("median_minutes") is not None]
    if not valued:
        return Figure(
            figure_id,
            number,
            context.say(N_("No replies to measure up to {month}"), month=context.now),
            subtitle,
            empty=context.say(N_("Too many requests got no reply to give a typical wait."))
            if rows
            else context.say(N_("The release has no requests with a running clock.")),
            table=response_table(context, rows, figure_id) if rows else None,
        )
    by_month = {row.date("period_start"): row for row in rows}
    months = month_span(valued, context.edition)
    title = response_title(context, by_month.get(context.edition.start), valued)
    lines: list[Line] = []
    for column, metric, colour, dash, label in (
        ("p90_minutes", SLOWEST, "s3", False, N_("{value}\nslowest 10%")),
        ("p75_minutes", SLOWEST, "accent", True, N_("{value}\nslowest 25%")),
        ("median_minutes", MEDIAN, "s1", False, N_("{value}\ntypical")),
    ):
        found = points(context, months, by_month, metric, column, None, None, brief=bool(lines))
        last = next((p for p in reversed(found) if p.value is not None and not p.partial), None)
        if last is None or last.value is None:
            continue
        text = words.gettext(label).format(value=formats.duration(last.value))
        lines.append(Line(found, text, colour, dash))
    if not lines:
        lines.append(Line(points(context, months, by_month, MEDIAN, "median_minutes", None, None), "", "s1"))
    events, undertaken = happened(context, MEDIAN, months)
    drawing = Trend(
        lines=lines,
        ticks=month_axis(months, formats),
        format_value=lambda value, step: axis_value(formats, MEDIAN, value, step),
        zero=True,
        durations=True,
        bounds=(0.0, None),
        events=events,
    )
    description = words.gettext(
        N_(
            "Line chart of the wait for a first reply over time: typical, slowest quarter, slowest tenth. "
            "{finding}"
        )
    ).format(finding=text_of(title))
    svg = draw(
        lambda width: trend(drawing, width), figure_id, description=description, labelled_by=f"{figure_id}-h"
    )
    return Figure(
        figure_id,
        number,
        title,
        subtitle,
        drawing=svg,
        note=joined(
            trend_note(context, rows, months, "median_minutes"), unreached_note(context, rows), undertaken
        ),
        table=response_table(context, rows, figure_id),
    )


def unreached_note(context: Context, rows: list[Row]) -> Markup | None:
    """Why the line of the slowest tenth may break while the typical wait is known."""
    if all(row.number("p90_minutes") is not None for row in rows if row.number("median_minutes") is not None):
        return None
    return context.say(
        N_("A gap in the slowest tenth: more than one request in ten went unanswered, or too few were made.")
    )


def response_title(context: Context, row: Row | None, valued: list[Row]) -> Markup:
    """How long people waited in the month reported, in words of the percentiles there are."""
    if row is None or row.number("median_minutes") is None:
        last = valued[-1]
        return context.say(
            N_("Half of the requests of {month} got a first reply within {median}"),
            month=context.formats.period(last.date("period_start") or context.edition.start),
            median=context.printer.number(MEDIAN, last, "median_minutes"),
        )
    if row.number("p90_minutes") is None:
        return context.say(
            N_(
                "Half of the requests got a first reply within {median}; for the slowest tenth no figure is "
                "reliable"
            ),
            median=context.printer.number(MEDIAN, row, "median_minutes"),
        )
    return context.say(
        N_("Half of the requests got a first reply within {median}, nine in ten within {slowest}"),
        median=context.printer.number(MEDIAN, row, "median_minutes"),
        slowest=context.printer.number(SLOWEST, row, "p90_minutes"),
    )


def response_table(context: Context, rows: list[Row], table_id: str) -> Table:
    """Every period of the wait, newest first."""
    words, printer = context.words, context.printer
    dash = Cell("–", muted=True)
    return Table(
        table_id,
        words.gettext(N_("Waits by period, newest first")),
        [
            words.gettext(N_("Period")),
            words.gettext(N_("Typical")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Slowest 25%")),
            words.gettext(N_("Slowest 10%")),
            words.gettext(N_("Answered")),
            words.gettext(N_("Requests")),
            words.gettext(N_("Note")),
        ],
        [
            [
                context.short(row),
                printer.number(MEDIAN, row, "median_minutes") or dash,
                printer.number(MEDIAN, row, "median_ci_low") or dash,
                printer.number(MEDIAN, row, "median_ci_high") or dash,
                printer.number(MEDIAN, row, "p75_minutes") or dash,
                printer.number(MEDIAN, row, "p90_minutes") or dash,
                printer.percent(MEDIAN, row, "answered_share", 1) or dash,
                printer.count(MEDIAN, row, "base") or dash,
                Cell(status_words(context, row), muted=True),
            ]
            for row in sorted(rows, key=lambda one: one.date("period_start") or dt.date.min, reverse=True)
        ],
    )


def groups_table(context: Context, dimension: str, most: int = 8) -> Table | None:
    """First replies by channel, team or priority, longest tail first."""
    clock = headline_clock(context.release, context.edition)
    found = response_groups(context.release, dimension, context.edition, clock)
    if found is None:
        return None
    words, printer = context.words, context.printer
    dash = Cell("–", muted=True)
    rows = sorted(found.rows, key=lambda row: (-(row.number("base") or 0.0), row.text("dimension_value")))[
        :most
    ]
    return Table(
        f"response-by-{dimension}",
        words.gettext(CLOCK_OF_GROUPS[clock]).format(
            dimension=words.term("dimension", dimension), period=context.period(found.period)
        ),
        [
            words.term("dimension", dimension),
            words.gettext(N_("Typical")),
            words.gettext(N_("Slowest 10%")),
            "n",
        ],
        [
            [
                category(context, dimension, row.text("dimension_value")),
                printer.number(MEDIAN, row, "median_minutes")
                or Cell(status_words(context, row) or "–", muted=True),
                printer.number(MEDIAN, row, "p90_minutes") or dash,
                printer.count(MEDIAN, row, "base") or dash,
            ]
            for row in rows
        ],
    )


def build(context: Context) -> dict[str, Any]:
    """Everything that the page on response times places."""
    first = headline_clock(context.release, context.edition)
    figures = [percentiles_figure(context, 1, first)]
    if first == "business":
        figures.append(percentiles_figure(context, 2, "calendar", is_headline=False))
    promises = choose(context.release, ("sla_attainment",), ANY, context.edition)
    quality = [choose(context.release, (metric,), ANY, context.edition) for metric in ("fcr", "reopen_rate")]
    number = len(figures)
    sla_figure = None
    if promises.rows:
        number += 1
        sla_figure = measure_figure(
            context, promises, figure_id="f-sla", number=number, empty=N_("No promises fell due yet.")
        )
    solved = []
    for measure in quality:
        if measure.rows:
            number += 1
            solved.append(
                measure_figure(
                    context,
                    measure,
                    figure_id=f"f-{measure.metric.replace('_', '-')}",
                    number=number,
                    height=220,
                    width=HALF,
                    periods=context.edition.card,
                    empty=N_("No solved cases to follow yet."),
                )
            )
    tables = [groups_table(context, dimension, 12) for dimension in ("channel", "priority", "team")]
    return {
        "heading": context.say(N_("How fast do we answer?")),
        "waits": beside(figures, [table for table in tables if table]),
        "sla_figure": sla_figure,
        "sla": sla_table(context),
        "sla_groups": sla_groups(context),
        "solved": solved,
        "backlog_figure": backlog_figure(context, number + 1),
    }


def beside(figures: list[Figure], tables: list[Table]) -> list[tuple[Figure, list[Table]]]:
    """Each figure with the tables that stand at its side: two at the first, the rest at the last."""
    if len(figures) == 1:
        return [(figures[0], tables)]
    return [(figures[0], tables[:2]), (figures[1], tables[2:])]


def sla_groups(context: Context) -> list[Groups]:
    """Who keeps the promises: channels and priorities against everyone."""
    found = []
    for dimension in ("channel", "priority"):
        one = breakdown(
            context.release, MART, COLUMNS, KEY, dimension, context.edition, metric="sla_attainment"
        )
        if one is not None and len(one.rows) > 1:
            found.append(
                group_table(
                    context, one, "sla_attainment", group_id=f"sla-by-{dimension}", title=dimension_title
                )
            )
    return found


SLA_NAMES = {
    "first_reply": N_("First reply"),
    "next_reply": N_("Next reply"),
    "resolution": N_("Solution"),
    "requester_wait": N_("Waiting of the customer"),
    "agent_work": N_("Work by agents"),
    "all": N_("All promises"),
    "total": N_("All promises"),
}


def sla_table(context: Context) -> Table | None:
    """Promises kept in the month by what was promised."""
    rows = sla(context.release, context.edition)
    if not rows:
        return None
    words, printer = context.words, context.printer
    dash = Cell("–", muted=True)
    return Table(
        "promises",
        words.gettext(N_("Promises that fell due in {month}")).format(month=context.now),
        [
            words.gettext(N_("Promise")),
            words.gettext(N_("Kept")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Met")),
            words.gettext(N_("Broken")),
            words.gettext(N_("Note")),
        ],
        [
            [
                words.gettext(SLA_NAMES[row.text("metric")])
                if row.text("metric") in SLA_NAMES
                else row.text("metric"),
                printer.percent("sla_attainment", row, "attainment", 1) or dash,
                printer.percent("sla_attainment", row, "ci_low", 1) or dash,
                printer.percent("sla_attainment", row, "ci_high", 1) or dash,
                printer.count("sla_attainment", row, "met") or dash,
                printer.count("sla_attainment", row, "breached") or dash,
                Cell(status_words(context, row), muted=True),
            ]
            for row in rows
        ],
    )


AGE_WORDS = (N_("under a day"), N_("1–3 days"), N_("3–7 days"), N_("7–30 days"), N_("over 30 days"))
AGE_TONES = ("zone", "bar2", "accent", "s1", "s3")


def backlog_title(context: Context, rows: list[Row], columns: list[str]) -> Markup:
    """How many requests are open, how many of them are old, and the most there were in these weeks."""
    last, printer = rows[-1], context.printer
    most = max(rows, key=lambda row: row.number("open_tickets") or 0.0)
    parts: dict[str, object] = {
        "day": context.formats.date(last.date("date_day") or context.edition.start),
        "open": printer.count("backlog_open", last, "open_tickets") or "0",
        "most": printer.count("backlog_open", most, "open_tickets") or "0",
    }
    if len(columns) != len(AGE_WORDS) or not last.number("open_tickets"):
        return context.say(N_("{open} requests were open on {day}; the most in these weeks: {most}"), **parts)
    return context.say(
        N_(
            "{open} requests were open on {day}, {old} of them for over 30 days; the most open in these "
            "weeks: {most}"
        ),
        old=printer.count("backlog_open", last, columns[-1]) or "0",
        **parts,
    )


def backlog_figure(context: Context, number: int) -> Figure:
    """Open requests at the end of each week by age, when the mart counts the classes."""
    words, formats, printer = context.words, context.formats, context.printer
    subtitle = words.gettext(N_("Open requests at the end of the day, week by week, by age"))
    rows = backlog(context.release, context.edition)
    columns = backlog_classes(context.release)
    if not rows:
        return Figure(
            "f-backlog",
            number,
            context.say(N_("What is still open")),
            subtitle,
            empty=context.say(N_("No requests were open at the end of a day.")),
        )
    last = rows[-1]
    title = backlog_title(context, rows, columns)
    table = Table(
        "f-backlog",
        words.gettext(N_("Open requests, newest first")),
        [
            words.gettext(N_("Day")),
            words.gettext(N_("Open")),
            *(words.gettext(AGE_WORDS[i]) for i, _ in enumerate(columns)),
            words.gettext(N_("Typical age")),
        ],
        [
            [
                formats.date(row.date("date_day") or context.edition.start),
                printer.count("backlog_open", row, "open_tickets") or Cell("–", muted=True),
                *(printer.count("backlog_open", row, column) or Cell("–", muted=True) for column in columns),
                printer.duration("backlog_open", row, "median_age_minutes") or Cell("–", muted=True),
            ]
            for row in reversed(rows)
        ],
    )
    shown = columns or ["open_tickets"]
    names = (
        [words.gettext(AGE_WORDS[i]) for i, _ in enumerate(shown)] if columns else [words.gettext(N_("Open"))]
    )
    items = []
    for index, row in enumerate(rows):
        day = formats.date(row.date("date_day") or context.edition.start)
        items.append(
            Stack(
                index,
                [row.number(column) or 0.0 for column in shown],
                [
                    f"{day}: {name}, {formats.number(row.number(column) or 0.0)}"
                    for name, column in zip(names, shown, strict=True)
                ],
            )
        )
    axis = {
        index: day_month(context, row) for index, row in enumerate(rows) if (len(rows) - 1 - index) % 3 == 0
    }
    labels = [
        f"{name} {formats.number(last.number(column) or 0.0)}"
        for name, column in zip(names, shown, strict=True)
    ]
    description = words.gettext(N_("Stacked bars of open requests by week and age. {finding}")).format(
        finding=text_of(title)
    )
    svg = draw(
        lambda width: stacks(
            items, labels, AGE_TONES[: len(shown)] if columns else ("accent",), axis, formats.number, width
        ),
        "f-backlog",
        description=description,
        labelled_by="f-backlog-h",
    )
    return Figure("f-backlog", number, title, subtitle, drawing=svg, table=table)


def day_month(context: Context, row: Row) -> str:
    """A day without its year, for an axis."""
    return context.formats.day(row.date("date_day") or context.edition.start)
