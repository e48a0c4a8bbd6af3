"""Figures over months, shared by every page: a measure's line with its band, target and table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reports.charts import WIDE, Event, Line, Point, Trend, cut_ends, draw, trend
from reports.figures.initiatives import initiatives, place_of
from reports.figures.measures import Edition, Measure, series
from reports.formats import Formats
from reports.numbers import say, text_of
from reports.pages.parts import Cell, Context, Figure, Table, interval, status_words
from reports.registry import METRICS
from reports.release import Row
from reports.sentences import headline
from reports.words import N_


def month_axis(months: Sequence[dt.date], formats: Formats) -> dict[int, str]:
    """Labels of the months on an axis: so many that they stand apart, counted from the last."""
    step = 1 if len(months) <= 4 else 2 if len(months) <= 9 else 3 if len(months) <= 15 else 4
    last = len(months) - 1
    return {
        index: formats.short_period(month) for index, month in enumerate(months) if (last - index) % step == 0
    }


def month_span(rows: Sequence[Row], edition: Edition) -> list[dt.date]:
    """Every period from the first row to the last, without gaps, so that a missing one stays visible."""
    found = [day for row in rows if (day := row.date("period_start")) is not None]
    if not found:
        return []
    first, last = min(found), max([*found, edition.start])
    months = []
    while first <= last:
        months.append(first)
        first = edition.back(-1, first)
    return months


def points(
    context: Context,
    months: Sequence[dt.date],
    rows: Mapping[dt.date | None, Row],
    metric: str,
    column: str = "value",
    low: str | None = "ci_low",
    high: str | None = "ci_high",
    *,
    brief: bool = False,
    through: dt.date | None = None,
) -> list[Point]:
    """One point for each month, empty where the mart has no value to show.

    What lies after `through` is as open as a period that is not over: its outcomes are still to come.
    A brief point says only its value: another series of the same month says the rest.
    """
    result = []
    for index, month in enumerate(months):
        row = rows.get(month)
        if row is None or row.number(column) is None:
            result.append(Point(index, None))
            continue
        status = row.text("publish_status")
        said = [str(context.printer.number(metric, row, column))]
        if not brief:
            said[0] = f"{context.formats.period(month)}: {said[0]}"
            found = interval(context, metric, row) if low == "ci_low" else None
            if found is not None:
                said.append(text_of(found))
            said.append(f"n = {context.printer.count(metric, row)}")
            if status != "ok":
                said.append(status_words(context, row))
        result.append(
            Point(
                index,
                row.number(column),
                row.number(low) if low else None,
                row.number(high) if high else None,
                ", ".join(said),
                partial=status == "immature" or (through is not None and month > through),
                weak=status == "low_base",
            )
        )
    return result


def happened(
    context: Context, metric: str, months: Sequence[dt.date]
) -> tuple[tuple[Event, ...], Markup | None]:
    """What was undertaken for the measure in these periods: lines on its axis, and a sentence about them."""
    events, names = [], dict[str, Markup]()
    for row in initiatives(context.release, metric):
        day = row.date("started_date")
        place = None if day is None else place_of(day, months, context.edition)
        if day is None or place is None or not months[0] < day:
            continue
        name = row.text("name") or row.text("initiative_id")
        events.append(Event(place, name))
        names[f"event{len(names)}"] = context.say("{name} ({day})", name=name, day=context.formats.date(day))
    if not events:
        return (), None
    listed = say(context.formats.list([f"{{{key}}}" for key in names]), **names)
    return tuple(events), context.say(N_("Upright lines, the start of: {events}."), events=listed)


SUBTITLE = N_("{metric}: {definition}. With 95% confidence band; {programme}")


def measure_figure(
    context: Context,
    measure: Measure,
    *,
    figure_id: str,
    number: int,
    empty: str,
    height: int = 280,
    width: int = WIDE,
    periods: int | None = None,
) -> Figure:
    """The trend of a headline measure over the last periods, and the partial one after them."""
    words, formats, printer = context.words, context.formats, context.printer
    metric = measure.metric
    known = METRICS[metric]
    title = unstopped(headline(measure, printer))
    subtitle = words.gettext(SUBTITLE).format(
        metric=words.metric(metric, "title"),
        definition=words.metric(metric, "definition"),
        programme=words.term("programme", measure.programme),
    )
    rows = series(
        context.release, metric, measure.programme, measure.edition, periods=periods, with_partial=True
    )
    valued = [row for row in rows if row.number("value") is not None]
    table = measure_table(context, metric, rows, figure_id)
    if not valued:
        return Figure(figure_id, number, title, subtitle, empty=context.say(empty), table=table)
    by_month = {row.date("period_start"): row for row in rows}
    months = month_span(valued, measure.edition)
    line = points(context, months, by_month, metric, through=measure.period)
    target = None
    if measure.current is not None and measure.has_target:
        target = printer.number(metric, measure.current, "target")
    last = next((p for p in reversed(line) if p.value is not None and not p.partial), None)
    events, undertaken = happened(context, metric, months)
    last_text = "" if last is None or last.value is None else printer.value(metric, last.value)
    drawing = Trend(
        lines=[Line(line, last_text)],
        ticks=month_axis(months, formats),
        format_value=lambda value, step: axis_value(formats, metric, value, step),
        target=None if target is None else target.value,
        target_label="" if target is None else words.gettext(N_("target {target}")).format(target=target),
        durations=known.unit == "minutes",
        zero=known.unit == "minutes",
        height=height,
        events=events,
        bounds=known.scale or ((0.0, None) if known.unit in ("minutes", "count", "ratio") else (None, None)),
    )
    description = words.gettext(
        N_("Line chart of {metric} over time with its 95% confidence band, {first} to {last}. {finding}")
    ).format(
        metric=words.metric(metric, "title"),
        first=formats.period(months[0]),
        last=formats.period(months[-1]),
        finding=text_of(title),
    )
    svg = draw(
        lambda wide: trend(drawing, wide),
        figure_id,
        description=description,
        labelled_by=f"{figure_id}-h",
        width=width,
    )
    note = joined(
        waiting_note(context, measure, line, months, by_month),
        trend_note(context, rows, [month for month in months if month <= measure.period]),
        cut_note(context) if cut_ends(line, drawing.bounds) else None,
        undertaken,
    )
    return Figure(figure_id, number, title, subtitle, drawing=svg, note=note, table=table)


def joined(*sentences: Markup | None) -> Markup | None:
    """The sentences of a note that there are, one after another."""
    return Markup(" ").join(one for one in sentences if one is not None) or None


def cut_note(context: Context) -> Markup:
    """Why an interval ends at the edge of what is possible."""
    return context.say(
        N_(
            "Dashes at the edge: the interval’s formula reaches beyond what is possible; it is drawn to "
            "the edge and stands in full in the table."
        )
    )


def waiting_note(
    context: Context,
    measure: Measure,
    line: Sequence[Point],
    months: Sequence[dt.date],
    rows: Mapping[dt.date | None, Row],
) -> Markup | None:
    """Which period speaks where the last is not through, and what the dotted end after it is."""
    if measure.period == measure.edition.start:
        return None
    said = context.say(
        N_("The latest period that is through: {month}."), month=context.formats.period(measure.period)
    )
    if any(p.partial and rows[months[p.index]].text("publish_status") != "immature" for p in line):
        open_end = N_("Dotted end: most outcomes are still to come, so an earlier period speaks.")
        return joined(context.say(open_end), said)
    return said


def unstopped(sentence: Markup) -> Markup:
    """A sentence as a heading: without its full stop."""
    return sentence.removesuffix(".")


def trend_note(
    context: Context, rows: Sequence[Row], months: Sequence[dt.date], column: str = "value"
) -> Markup | None:
    """What a reader must know to read the line: small bases, the partial month, gaps."""
    statuses = {row.text("publish_status") for row in rows}
    valued = {row.date("period_start") for row in rows if row.number(column) is not None}
    said = []
    if "low_base" in statuses:
        said.append(context.say(N_("Hollow dots: small base, not tested.")))
    if "immature" in statuses:
        said.append(context.say(N_("Dotted end: period not over, left out of every test.")))
    if any(month not in valued for month in months):
        said.append(context.say(N_("A gap is a period without enough data.")))
    if len(valued) == 1:
        said.append(context.say(N_("First period measured: a trend needs at least two.")))
    return Markup(" ").join(said) if said else None


def axis_value(formats: Formats, metric: str, value: float, step: float) -> str:
    """A round value for an axis whose ticks lie `step` apart."""
    known = METRICS[metric]
    match known.unit:
        case "ratio":
            return formats.percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1)
        case "minutes":
            return formats.axis_duration(value, step)
        case "money":
            return formats.compact_money(value)
    decimals = 0 if value == int(value) else 1 if value * 10 == int(value * 10) else 2
    return formats.signed(value, decimals) if known.signed else formats.number(value, decimals)


def measure_table(context: Context, metric: str, rows: Sequence[Row], table_id: str) -> Table:
    """Every period of a measure with base and interval, newest first."""
    words, printer = context.words, context.printer
    body = []
    for row in sorted(rows, key=lambda one: one.date("period_start") or dt.date.min, reverse=True):
        body.append(
            [
                context.short(row),
                printer.number(metric, row, "value") or Cell("–", muted=True),
                printer.number(metric, row, "ci_low") or Cell("–", muted=True),
                printer.number(metric, row, "ci_high") or Cell("–", muted=True),
                printer.count(metric, row) or Cell("–", muted=True),
                Cell(status_words(context, row), muted=True),
            ]
        )
    return Table(
        table_id,
        words.gettext(N_("Values by period, newest first")),
        [
            words.gettext(N_("Period")),
            words.gettext(N_("Value")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Base")),
            words.gettext(N_("Note")),
        ],
        body,
    )
