"""Charts as Vega-Lite data, drawn by vl-convert and cleaned to small, accessible, themeable SVG.

Positions on the x axis are indices, and every label arrives already formatted: no clock, no zone and no
locale of the renderer's host can change a drawing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import pairwise
from typing import Any

import vl_convert
from lxml import etree
from markupsafe import Markup

Spec = dict[str, Any]
Bounds = tuple[float | None, float | None]

SVG = "{http://www.w3.org/2000/svg}"
# A family whose name ends in a digit is never resolved: text would be measured by its bytes.
FONT = "Report Sans"
# The width of a drawing in a column of its own, in one of two columns, and on a phone.
WIDE, HALF, NARROW = 640, 520, 340
DROPPED = {
    "class",
    "pointer-events",
    "stroke-miterlimit",
    "aria-roledescription",
    "role",
    "aria-hidden",
    "font-family",
    "stroke-linecap",
    "font-style-default",
}
DEFAULTS = {"opacity": "1", "stroke-width": "1", "stroke-opacity": "1", "fill-opacity": "1"}
GEOMETRY = {"d", "transform", "x", "y", "x2", "y2", "width", "height", "points"}
LONG_DECIMALS = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")


def colour(token: str) -> str:
    """A colour of the page's theme."""
    return f"var(--{token})"


CONFIG: Spec = {
    "background": None,
    "view": {"stroke": None},
    "font": f"{FONT}, sans-serif",
    "axis": {
        "labelFont": f"{FONT}, sans-serif",
        "titleFont": f"{FONT}, sans-serif",
        "labelColor": colour("muted"),
        "titleColor": colour("muted"),
        "gridColor": colour("grid"),
        "domainColor": colour("axis"),
        "tickColor": colour("axis"),
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "labelPadding": 6,
        "domain": False,
        "ticks": False,
    },
    "text": {"color": colour("ink"), "fontSize": 13, "font": f"{FONT}, sans-serif"},
    "mark": {"invalid": "break-paths-show-domains"},
    "axisX": {"aria": False},
    "axisY": {"aria": False},
}


@cache
def register_fonts() -> None:
    """Give the renderer the report's fonts once, so that text is measured as it will be shown."""
    with as_file(files("reports") / "assets" / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


# Drawings -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """One period of a line: its place, value and interval, and what to say when pointed at."""

    index: int
    value: float | None
    low: float | None = None
    high: float | None = None
    tip: str = ""
    partial: bool = False
    weak: bool = False


@dataclass(frozen=True)
class Line:
    """A series with the words at its end."""

    points: Sequence[Point]
    label: str
    colour: str = "accent"
    dash: bool = False


@dataclass(frozen=True)
class Event:
    """Something that happened between two periods: its place on their axis, and its name."""

    place: float
    label: str


@dataclass(frozen=True)
class Trend:
    """Lines over periods, with bands, a target, few ticks and what happened meanwhile."""

    lines: Sequence[Line]
    ticks: Mapping[int, str]
    # A tick in words: its value, and the step between ticks.
    format_value: Callable[[float, float], str]
    target: float | None = None
    target_label: str = ""
    zero: bool = False
    durations: bool = False
    height: int = 280
    bounds: Bounds = (None, None)
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Bar:
    """One bar with its texts; `tone` is a theme colour."""

    label: str
    value: float
    value_label: str
    tone: str
    tip: str
    columns: Sequence[str] = field(default_factory=tuple)


NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
NICE_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 4320, 7200, 14400, 28800, 43200)


def ticks(low: float, high: float, *, durations: bool = False, most: int = 6) -> list[float]:
    """Round tick values that span a range, at most so many."""
    span = high - low
    if span <= 0:
        span = abs(high) or 1.0
        low, high = low - span / 2, low + span / 2
    if durations:
        step: float = next((s for s in NICE_MINUTES if span / s < most), 0) or 43200 * math.ceil(
            span / 43200 / most
        )
    else:
        magnitude = 10.0 ** math.floor(math.log10(span / most))
        step = next(nice * magnitude for nice in NICE if span / (nice * magnitude) < most)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(index * step, 10) for index in range(first, last + 1)]


def axis_labels(labels: Mapping[float, str] | Mapping[int, str]) -> str:
    """A Vega expression that looks the label of a tick up, so that no formatting happens in the renderer."""
    pairs = ",".join(f"{quoted(exact(key))}:{quoted(text)}" for key, text in labels.items())
    return f"({{{pairs}}})[toString(round(datum.value*1e6)/1e6)]||''"


def exact(value: float) -> str:
    """A number as Vega's toString writes it."""
    return str(int(value)) if value == int(value) else repr(float(value))


def quoted(text: str) -> str:
    """A string of the Vega expression language."""
    safe = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ")
    return f"'{safe}'"


def trend(chart: Trend, width: int) -> Spec:
    """The drawing of lines over periods, `width` pixels wide with its labels."""
    narrow = width == NARROW
    shown = [point for line in chart.lines for point in line.points if point.value is not None]
    extent = [
        number
        for point in shown
        for number in (
            point.value,
            *(() if point.partial else held((point.low, point.high), chart.bounds)),
        )
        if number is not None
    ]
    if chart.target is not None:
        extent.append(chart.target)
    if chart.zero:
        extent.append(0.0)
    values = ticks(min(extent), max(extent), durations=chart.durations, most=5 if narrow else 6)
    bottom, top = values[0], values[-1]
    step = values[1] - values[0]
    lowest, highest = chart.bounds
    # A share has no place beyond 100 %, nor a count below 0.
    values = [v for v in values if (lowest is None or v >= lowest) and (highest is None or v <= highest)]
    if lowest is not None:
        bottom = max(bottom, lowest)
    if highest is not None:
        top = min(top, highest)
    indices = [point.index for line in chart.lines for point in line.points]
    first, last = min(indices), max(indices)
    domain = [first - 0.5, last + 0.5] if first == last else [first - 0.15, last + 0.15]
    x = {
        "field": "i",
        "type": "quantitative",
        "scale": {"domain": domain, "nice": False, "zero": False},
        "axis": {
            "values": list(narrowed(chart.ticks, narrow)),
            "labelExpr": axis_labels(chart.ticks),
            "title": None,
            "grid": False,
            "domain": True,
            "labelOverlap": True,
            "labelFlush": False,
        },
    }
    y = {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": [bottom, top], "nice": False, "zero": False},
        "axis": {
            "values": values,
            "labelExpr": axis_labels({v: chart.format_value(v, step) for v in values}),
            "title": None,
        },
    }
    height = chart.height if not narrow else min(chart.height, 230)
    layers, names = event_layers(chart, x, y, (bottom, top), (first, last), (width - 110, height))
    for line in chart.lines:
        layers.extend(line_layers(line, x, y, single=first == last, bounds=chart.bounds))
    layers.extend(names)
    if chart.target is not None:
        start, above = free_place(chart, (bottom, top), (first, last), (width - 110, height))
        layers.append(
            {
                "data": {"values": [{"v": chart.target}]},
                "mark": {"type": "rule", "strokeDash": [2, 3], "color": colour("ink"), "aria": False},
                "encoding": {"y": y},
            }
        )
        layers.append(
            {
                "data": {"values": [{"i": start, "v": chart.target, "t": chart.target_label}]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "bottom" if above else "top",
                    "dx": 2,
                    "dy": -3 if above else 4,
                    "aria": False,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    single = len(chart.lines) == 1
    layers.extend(targets(chart, x, (last - first) or 1, width))
    ends = end_labels(chart.lines, bottom, top, height)
    for line, (point, where) in zip(chart.lines, ends, strict=True):
        if point is None:
            continue
        layers.append(
            {
                "data": {"values": [{"i": point.index, "v": where, "t": line.label.split("\n")}]},
                "mark": {
                    "type": "text",
                    "fontWeight": "bold",
                    "color": colour(line.colour),
                    "lineHeight": 15,
                    "aria": False,
                    # A single line's value stands over or under its dot: a partial month follows beside it.
                    **(
                        beside_partial(line, where, (where - bottom) / ((top - bottom) / height))
                        if single and chart_has_partial(chart)
                        else {
                            "align": "left",
                            "dx": 9,
                            # Further lines grow downwards: half of them is taken back.
                            "dy": -7.5 * line.label.count("\n"),
                            "baseline": "middle",
                        }
                    ),
                },
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - 110,
        "height": height,
        "autosize": {"type": "pad", "contains": "padding"},
        "padding": 2,
        "layer": layers,
    }


# A label is about so tall, and a letter so wide, in pixels.
LABEL_TALL, LETTER_WIDE, CLEAR = 16, 6.8, 10


def free_place(
    chart: Trend, ends: tuple[float, float], indices: tuple[int, int], size: tuple[int, int]
) -> tuple[int, bool]:
    """Where the target's words stand clear of every line: the period they begin at, and whether above.

    The first place that is clear enough, else the clearest, else the one that the lines run through least;
    both sides of the target are tried. The upright line of an event is a line like any other.
    """
    (bottom, top), (first, last), (wide, tall) = ends, indices, size
    per_pixel = (top - bottom) / tall
    target = chart.target or 0.0
    span = len(chart.target_label) * LETTER_WIDE / (wide / max(last - first, 1))
    best: tuple[float, float, int, bool] = (-1.0, -math.inf, first, True)
    for start in range(first, max(first, math.floor(last - span)) + 1):
        near = [
            (value - target) / per_pixel
            for line in chart.lines
            for value in values_between(line.points, start - 0.5, start + span + 0.5)
        ]
        crossed = sum(start - 0.2 <= event.place <= start + span + 0.2 for event in chart.events)
        for above in (True, False):
            low, high = (3, 3 + LABEL_TALL) if above else (-3 - LABEL_TALL, -3)
            if not (bottom <= target + low * per_pixel and target + high * per_pixel <= top):
                continue
            distances = [max(low - distance, distance - high, 0.0) for distance in near]
            clear = 0.0 if crossed else min((CLEAR, *distances))
            # Every event's line counts as much as a line that runs the whole length of the words.
            through = -(sum(distance == 0.0 for distance in distances) + crossed * 4 * max(span, 1.0))
            if (clear, through) > best[:2]:
                best = (clear, through, start, above)
    return best[2], best[3]


def values_between(points: Sequence[Point], start: float, end: float) -> list[float]:
    """Where a line runs between two places of its axis: its values, and quarters of the way between them."""
    known = [(point.index, point.value) for point in points if point.value is not None]
    found = [value for index, value in known if start <= index <= end]
    for (left, value), (right, following) in pairwise(known):
        found += [
            value + (following - value) * part
            for part in (0.25, 0.5, 0.75)
            if start <= left + (right - left) * part <= end
        ]
    return found


def event_layers(
    chart: Trend, x: Spec, y: Spec, ends: tuple[float, float], indices: tuple[int, int], size: tuple[int, int]
) -> tuple[list[Spec], list[Spec]]:
    """A thin upright line for each event, and its name beside it where no line of the chart runs.

    Names stand at the foot or the head of the drawing; those that would meet stand in storeys.
    """
    (bottom, top), (first, last), (wide, tall) = ends, indices, size
    per_pixel, per_letter = (top - bottom) / tall, LETTER_WIDE / (wide / max(last - first, 1))
    rules, words = list[Spec](), list[Spec]()
    taken: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for event in sorted(chart.events, key=lambda one: one.place):
        label = "".join(wrapped(event.label, 26 if wide < HALF - 110 else 34, 1))
        span = len(label) * per_letter
        best: tuple[float, bool, bool, int, float] | None = None
        for at_head in (False, True):
            for is_left in (False, True):
                start = event.place - span if is_left else event.place
                if start < first - 0.5 or start + span > last + 0.5:
                    continue
                storey = len([one for one in taken[at_head] if one[0] < start + span and start < one[1]])
                foot = 5 + LABEL_TALL * storey
                low = tall - foot - LABEL_TALL if at_head else foot
                near = [
                    (value - bottom) / per_pixel
                    for line in chart.lines
                    for value in values_between(line.points, start - 0.3, start + span + 0.3)
                ]
                clear = min(
                    (max(low - place, place - low - LABEL_TALL, 0.0) for place in near), default=CLEAR
                )
                if best is None or min(clear, CLEAR) > best[0]:
                    best = (min(clear, CLEAR), at_head, is_left, storey, start)
        rules.append(
            {
                "data": {"values": [{"i": event.place}]},
                "mark": {"type": "rule", "color": colour("axis"), "aria": False},
                "encoding": {"x": x},
            }
        )
        if best is None:
            # A name that has no room beside its line stands beneath the drawing only.
            continue
        _, at_head, is_left, storey, start = best
        taken[at_head].append((start, start + span))
        foot = 5 + LABEL_TALL * storey
        words.append(
            {
                "data": {"values": [{"i": event.place, "v": top if at_head else bottom, "t": label}]},
                "mark": {
                    "type": "text",
                    "fontStyle": "italic",
                    "color": colour("muted"),
                    "align": "right" if is_left else "left",
                    "baseline": "top" if at_head else "bottom",
                    "dx": -5 if is_left else 5,
                    "dy": foot if at_head else -foot,
                    "aria": False,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    return rules, words


def chart_has_partial(chart: Trend) -> bool:
    """Whether a month that is not over is drawn."""
    return any(point.partial for line in chart.lines for point in line.points)


def beside_partial(line: Line, value: float, above_axis: float) -> Spec:
    """Where a value's words stand when what is not over follows: on the side its dotted line leaves free."""
    rises = any(point.partial and point.value is not None and point.value > value for point in line.points)
    if not rises:
        return {"align": "center", "dy": -14, "baseline": "bottom"}
    if above_axis > 2 * LABEL_TALL:
        return {"align": "center", "dy": 10, "baseline": "top"}
    return {"align": "right", "dx": -4, "dy": -10, "baseline": "bottom"}


def targets(chart: Trend, x: Spec, periods: int, width: int) -> list[Spec]:
    """One invisible strip for the pointer at each period, saying all its series."""
    said: dict[int, list[str]] = {}
    for line in chart.lines:
        for point in line.points:
            if point.tip:
                said.setdefault(point.index, []).append(point.tip)
    if not said:
        return []
    strip = max(4, round((width - 110) / (periods + 1)))
    return [
        {
            "data": {"values": [{"i": index, "d": "; ".join(tips)} for index, tips in sorted(said.items())]},
            "mark": {"type": "rule", "strokeWidth": strip, "opacity": 0},
            "encoding": {
                "x": x,
                "y": {"value": 0},
                "y2": {"value": {"expr": "height"}},
                "description": {"field": "d"},
            },
        }
    ]


def narrowed(labels: Mapping[int, str], narrow: bool) -> Sequence[int]:
    """Which ticks a narrow drawing keeps: every second, counted from the last."""
    indices = sorted(labels)
    return indices[::-1][::2][::-1] if narrow and len(indices) > 4 else indices


def held(interval: Bounds, bounds: Bounds) -> Bounds:
    """An interval cut off at what is possible: some formulas reach beyond it, a drawing must not."""
    low, high = interval
    lowest, highest = bounds
    if low is not None and lowest is not None:
        low = max(low, lowest)
    if high is not None and highest is not None:
        high = min(high, highest)
    return low, high


def cut_ends(points: Sequence[Point], bounds: Bounds) -> list[tuple[int, float]]:
    """Where an interval is cut off: the period, and the end of what is possible."""
    lowest, highest = bounds
    drawn = [p for p in points if not p.partial]
    found = [(p.index, highest) for p in drawn if highest is not None and (p.high or highest) > highest]
    found += [
        (p.index, lowest)
        for p in drawn
        if lowest is not None and (lowest if p.low is None else p.low) < lowest
    ]
    return found


def line_layers(line: Line, x: Spec, y: Spec, *, single: bool, bounds: Bounds = (None, None)) -> list[Spec]:
    """Band, line and dots of one series; an interval that is cut off has a dash at the edge."""
    stroke = colour(line.colour)
    rows = [
        {"i": p.index, "v": p.value, "l": low, "h": high}
        for p in line.points
        # What is still open has no interval worth the axis it would take: it stands in the table.
        for low, high in ((None, None) if p.partial else held((p.low, p.high), bounds),)
    ]
    by_index = {point.index: point for point in line.points}
    layers: list[Spec] = []
    banded = [r for r in rows if r["l"] is not None and r["h"] is not None and r["v"] is not None]
    if banded:
        mark: Spec = (
            {"type": "rule", "strokeWidth": 9, "color": colour("band"), "aria": False}
            if single
            else {"type": "area", "color": colour("band"), "aria": False}
        )
        layers.append(
            {
                "data": {"values": [{"i": r["i"], "l": r["l"], "h": r["h"]} for r in rows]},
                "mark": mark,
                "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "h"}},
            }
        )
        # A month with an interval between two without has no area of its own: it gets a bar.
        alone = [
            r for r in banded if not single and not neighbour_has(by_index, int(str(r["i"])), interval=True)
        ]
        if alone:
            layers.append(
                {
                    "data": {"values": [{"i": r["i"], "l": r["l"], "h": r["h"]} for r in alone]},
                    "mark": {"type": "rule", "strokeWidth": 5, "color": colour("band"), "aria": False},
                    "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "h"}},
                }
            )
    cut = cut_ends(line.points, bounds)
    if cut:
        layers.append(
            {
                "data": {"values": [{"i": index, "v": edge} for index, edge in cut]},
                "mark": {"type": "tick", "thickness": 3, "size": 7, "color": colour("muted"), "aria": False},
                "encoding": {"x": x, "y": y},
            }
        )
    whole = [{"i": p.index, "v": None if p.partial else p.value} for p in line.points]
    if not single:
        layers.append(
            {
                "data": {"values": whole},
                "mark": {
                    "type": "line",
                    "color": stroke,
                    "strokeWidth": 2.25,
                    "aria": False,
                    **({"strokeDash": [5, 3]} if line.dash else {}),
                },
                "encoding": {"x": x, "y": y},
            }
        )
    partial = [p for p in line.points if p.partial and p.value is not None]
    if partial and not single:
        before = by_index.get(partial[0].index - 1)
        joined = [p for p in (before, *partial) if p is not None and p.value is not None]
        layers.append(
            {
                "data": {"values": [{"i": p.index, "v": p.value} for p in joined]},
                "mark": {
                    "type": "line",
                    "color": stroke,
                    "strokeWidth": 1.75,
                    "strokeDash": [2, 3],
                    "aria": False,
                },
                "encoding": {"x": x, "y": y},
            }
        )
    finals = [p for p in line.points if p.value is not None and not p.partial]
    dots = [
        p
        for p in line.points
        if p.value is not None
        and (p.weak or p.partial or (finals and p is finals[-1]) or not neighbour_has(by_index, p.index))
    ]
    for hollow in (False, True):
        chosen = [p for p in dots if (p.weak or p.partial) is hollow]
        if chosen:
            layers.append(
                {
                    "data": {"values": [{"i": p.index, "v": p.value} for p in chosen]},
                    "mark": {
                        "type": "point",
                        "filled": True,
                        "size": 30 if hollow else 62,
                        "opacity": 1,
                        "aria": False,
                        "fill": colour("paper") if hollow else stroke,
                        "stroke": colour("muted") if hollow else colour("paper"),
                        "strokeWidth": 1.5,
                    },
                    "encoding": {"x": x, "y": y},
                }
            )
    return layers


def neighbour_has(points: Mapping[int, Point], index: int, *, interval: bool = False) -> bool:
    """Whether the period before or after has a value (or an interval), so that a line reaches this one."""
    for other in (points.get(index - 1), points.get(index + 1)):
        if other is not None and (other.low if interval else other.value) is not None:
            return True
    return False


def end_labels(
    lines: Sequence[Line], bottom: float, top: float, height: int
) -> list[tuple[Point | None, float]]:
    """Where each line's words stand: at its last value, pushed apart where they would overlap."""
    last: list[Point | None] = []
    for line in lines:
        finals = [p for p in line.points if p.value is not None and not p.partial]
        if not finals:
            finals = [p for p in line.points if p.value is not None]
        last.append(finals[-1] if finals else None)
    edge = max((p.index for p in last if p is not None), default=0)
    per_pixel = (top - bottom) / height
    order = sorted(
        (i for i, p in enumerate(last) if p is not None),
        key=lambda i: last[i].value or 0.0,  # type: ignore[union-attr]  # the indices are of points
    )
    places: dict[int, float] = {}
    floor = -math.inf
    for i in order:
        tall = 15 * (lines[i].label.count("\n") + 1) + 4
        point = last[i]
        value = (point.value if point is not None else None) or 0.0
        where = max(value, floor, bottom + per_pixel * (tall / 2 if len(lines) > 1 else 0))
        places[i] = where
        floor = where + per_pixel * tall
    return [(None if p is None else Point(edge, p.value), places.get(i, 0.0)) for i, p in enumerate(last)]


def wrapped(text: str, width: int, lines: int = 2) -> list[str]:
    """A label in at most so many lines of about so many characters, an ellipsis where it is cut."""
    words = " ".join(text.split())
    result: list[str] = []
    while words and len(result) < lines:
        if len(words) <= width:
            result.append(words)
            return result
        cut = words.rfind(" ", 0, width + 1)
        cut = width if cut <= 0 else cut
        result.append(words[:cut].rstrip())
        words = words[cut:].lstrip()
    if words and result:
        result[-1] = result[-1][: width - 1].rstrip() + "…"
    return result


def bars(items: Sequence[Bar], width: int, headings: Sequence[str] = ()) -> Spec:
    """Horizontal bars from zero, largest first, with text columns at the right.

    On the narrow drawing, and nowhere else, a label stands above its bar.
    """
    narrow = width == NARROW
    step = 46 if narrow else 34
    column = 0 if narrow else 52
    columns = max((len(item.columns) for item in items), default=0)
    label_width = 0 if narrow else 190
    plot = width - label_width - column * columns - (90 if narrow else 60)
    longest = max((item.value for item in items), default=0.0) or 1.0
    rows: list[Spec] = [
        {
            "k": index,
            "n": wrapped(item.label, 40 if narrow else 27, 1 if narrow else 2) or [""],
            "v": item.value,
            "t": item.value_label + ("" if not narrow or not item.columns else f"  ·  {item.columns[0]}"),
            "c": colour(item.tone),
            "d": item.tip,
            **{f"c{number}": text for number, text in enumerate(item.columns)},
        }
        for index, item in enumerate(items)
    ]
    y: Spec = {
        "field": "k",
        "type": "ordinal",
        "scale": {"paddingInner": 0.0, "paddingOuter": 0.0},
        "axis": None,
    }
    x = {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": [0, longest], "nice": False},
        "axis": None,
    }
    bar: Spec = {
        "mark": {
            "type": "bar",
            "height": 16 if narrow else 20,
            **({"yOffset": 11} if narrow else {}),
        },
        "encoding": {
            "y": y,
            "x": x,
            "fill": {"field": "c", "type": "nominal", "scale": None},
            "description": {"field": "d"},
        },
    }
    layers: list[Spec] = [
        bar,
        {
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 6,
                "fontWeight": "bold",
                "aria": False,
                **({"dy": 11} if narrow else {}),
            },
            "encoding": {"y": y, "x": x, "text": {"field": "t"}},
        },
    ]
    for lines in (1, 2):
        # Lines grow downwards from the first, so a label of two starts half a line higher.
        lift = -11 if narrow else 0
        layers.append(
            {
                "data": {"values": [row for row in rows if len(row["n"]) == lines]},
                "mark": {
                    "type": "text",
                    "align": "left" if narrow else "right",
                    "lineHeight": 14,
                    "aria": False,
                    "baseline": "middle",
                    "dx": 0 if narrow else -10,
                    "dy": lift - 7 * (lines - 1) * (not narrow),
                },
                "encoding": {
                    "y": {**y, "scale": {**y["scale"], "domain": [row["k"] for row in rows]}},
                    "x": {"value": 0},
                    "text": {"field": "n"},
                },
            }
        )
    if not narrow:
        for number in range(columns):
            place = {"expr": f"width + {44 + column * (number + 1)}"}
            layers.append(
                {
                    "mark": {"type": "text", "align": "right", "color": colour("muted"), "aria": False},
                    "encoding": {"y": y, "x": {"value": place}, "text": {"field": f"c{number}"}},
                }
            )
            if number < len(headings):
                layers.append(
                    {
                        "data": {"values": [{"t": headings[number]}]},
                        "mark": {
                            "type": "text",
                            "align": "right",
                            "color": colour("muted"),
                            "dy": -12,
                            "aria": False,
                        },
                        "encoding": {"x": {"value": place}, "y": {"value": 0}, "text": {"field": "t"}},
                    }
                )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": plot,
        "height": step * max(len(items), 1),
        "padding": 2,
        "data": {"values": rows},
        "layer": layers,
    }


@dataclass(frozen=True)
class Steps:
    """A survival curve: its share at each month, interval and words."""

    points: Sequence[tuple[int, float, float | None, float | None]]
    label: str
    colour: str


def steps(
    curves: Sequence[Steps], axis: Mapping[int, str], format_value: Callable[[float], str], width: int
) -> Spec:
    """Curves that fall in steps from 100 %, with a band when there is one of them."""
    narrow = width == NARROW
    height = 230 if narrow else 280
    lowest = min((low if low is not None else value) for curve in curves for _, value, low, _ in curve.points)
    values = [v for v in ticks(min(lowest, 0.98), 1.0, most=5) if 0 <= v <= 1]
    bottom = values[0]
    last = max(month for curve in curves for month, *_ in curve.points)
    x = {
        "field": "i",
        "type": "quantitative",
        "scale": {"domain": [0, last], "nice": False},
        "axis": {
            "values": list(narrowed(axis, narrow)),
            "labelExpr": axis_labels(axis),
            "title": None,
            "grid": False,
            "domain": True,
            "labelOverlap": True,
        },
    }
    y = {
        "field": "v",
        "type": "quantitative",
        "scale": {"domain": [bottom, 1], "nice": False, "zero": False},
        "axis": {
            "values": values,
            "labelExpr": axis_labels({v: format_value(v) for v in values}),
            "title": None,
        },
    }
    layers: list[Spec] = []
    for curve in curves:
        rows: list[Spec] = [{"i": 0, "v": 1.0, "l": 1.0, "h": 1.0}]
        rows += [{"i": month, "v": value, "l": low, "h": high} for month, value, low, high in curve.points]
        if len(curves) == 1:
            layers.append(
                {
                    "data": {"values": [r for r in rows if r["l"] is not None and r["h"] is not None]},
                    "mark": {
                        "type": "area",
                        "interpolate": "step-after",
                        "color": colour("band"),
                        "aria": False,
                    },
                    "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "h"}},
                }
            )
        layers.append(
            {
                "data": {"values": [{"i": r["i"], "v": r["v"]} for r in rows]},
                "mark": {
                    "type": "line",
                    "interpolate": "step-after",
                    "color": colour(curve.colour),
                    "strokeWidth": 2.25,
                    "aria": False,
                },
                "encoding": {"x": x, "y": y},
            }
        )
    lines = [
        Line([Point(curve.points[-1][0], curve.points[-1][1])], curve.label, curve.colour) for curve in curves
    ]
    for line, (_, where) in zip(lines, end_labels(lines, bottom, 1.0, height), strict=True):
        layers.append(
            {
                "data": {"values": [{"i": last, "v": where, "t": line.label.split("\n")}]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 9,
                    "fontWeight": "bold",
                    "color": colour(line.colour),
                    "lineHeight": 15,
                    "dy": -7.5 * line.label.count("\n"),
                    "aria": False,
                    "baseline": "middle",
                },
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - 120,
        "height": height,
        "padding": 2,
        "layer": layers,
    }


@dataclass(frozen=True)
class Stack:
    """One period of stacked bars: its parts from the bottom, and what to say when pointed at."""

    index: int
    parts: Sequence[float]
    tips: Sequence[str]


def stacks(
    items: Sequence[Stack],
    labels: Sequence[str],
    tones: Sequence[str],
    axis: Mapping[int, str],
    format_value: Callable[[float], str],
    width: int,
) -> Spec:
    """Stacked bars over periods with direct labels at the right."""
    narrow = width == NARROW
    rows: list[Spec] = []
    highest = 0.0
    for item in items:
        bottom = 0.0
        for part, tip, tone in zip(item.parts, item.tips, tones, strict=True):
            rows.append({"i": item.index, "a": bottom, "b": bottom + part, "c": colour(tone), "d": tip})
            bottom += part
        highest = max(highest, bottom)
    values = ticks(0.0, highest or 1.0, most=5)
    last = max(item.index for item in items)
    first = min(item.index for item in items)
    height = 230 if narrow else 280
    x = {
        "field": "i",
        "type": "quantitative",
        "scale": {"domain": [first - 0.6, last + 0.6], "nice": False, "zero": False},
        "axis": {
            "values": list(narrowed(axis, narrow)),
            "labelExpr": axis_labels(axis),
            "title": None,
            "grid": False,
            "domain": True,
            "labelOverlap": True,
        },
    }
    y = {
        "field": "a",
        "type": "quantitative",
        "scale": {"domain": [0, values[-1]], "nice": False},
        "axis": {
            "values": values,
            "labelExpr": axis_labels({v: format_value(v) for v in values}),
            "title": None,
        },
    }
    thick = max(3, int((width - 150) / (last - first + 1) * 0.66))
    end = [r for r in rows if r["i"] == last]
    # A part that is not there now, but was, has its words too: nothing else says what its colour means.
    lines = [
        Line([Point(last, (row["a"] + row["b"]) / 2)], label, tone)
        for place, (row, label, tone) in enumerate(zip(end, labels, tones, strict=True))
        if any(item.parts[place] > 0 for item in items)
    ]
    layers: list[Spec] = [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "width": thick},
            "encoding": {
                "x": x,
                "y": y,
                "y2": {"field": "b"},
                "fill": {"field": "c", "type": "nominal", "scale": None},
                "description": {"field": "d"},
            },
        }
    ]
    for line, (_, where) in zip(lines, end_labels(lines, 0.0, values[-1], height), strict=True):
        layers.append(
            {
                "data": {"values": [{"i": last, "a": where}]},
                "mark": {
                    "type": "point",
                    "shape": "square",
                    "filled": True,
                    "size": 80,
                    "opacity": 1,
                    "fill": colour(line.colour),
                    "xOffset": thick / 2 + 10,
                    "aria": False,
                },
                "encoding": {"x": x, "y": y},
            }
        )
        layers.append(
            {
                "data": {"values": [{"i": last, "a": where, "t": line.label}]},
                "mark": {"type": "text", "align": "left", "dx": thick / 2 + 19, "aria": False},
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - 134,
        "height": height,
        "padding": 2,
        "layer": layers,
    }


@dataclass(frozen=True)
class Dot:
    """A numbered place in a matrix with the intervals of both its axes; `tone` is a theme colour."""

    number: str
    x: float
    y: float
    x_interval: Bounds
    y_interval: Bounds
    tone: str
    tip: str
    is_hollow: bool = False


@dataclass(frozen=True)
class Matrix:
    """Dots on two axes with the lines that cut them into quadrants, the upper left one tinted."""

    dots: Sequence[Dot]
    cut: tuple[float, float]
    titles: tuple[str, str]
    # Upper left, upper right, lower left, lower right.
    corners: tuple[str, str, str, str]
    format_value: Callable[[float], str]


def matrix(chart: Matrix, width: int) -> Spec:
    """Where each of the numbered dots lies between the four quadrants."""
    narrow = width == NARROW
    axes = []
    for values, interval, cut in (
        ([dot.x for dot in chart.dots], [dot.x_interval for dot in chart.dots], chart.cut[0]),
        ([dot.y for dot in chart.dots], [dot.y_interval for dot in chart.dots], chart.cut[1]),
    ):
        seen = [*values, cut, *(end for ends in interval for end in ends if end is not None)]
        axes.append(ticks(min(seen), max(seen), most=4 if narrow else 6))
    (left, *_, right), (bottom, *_, top) = axes
    x, y = (
        {
            "field": field_name,
            "type": "quantitative",
            "scale": {"domain": [values[0], values[-1]], "nice": False, "zero": False},
            "axis": {
                "values": values,
                "labelExpr": axis_labels({value: chart.format_value(value) for value in values}),
                "title": title,
                "grid": False,
                "domain": True,
            },
        }
        for field_name, values, title in (("x", axes[0], chart.titles[0]), ("y", axes[1], chart.titles[1]))
    )
    cut_x, cut_y = chart.cut
    line: Spec = {"type": "rule", "color": colour("axis"), "aria": False}
    layers: list[Spec] = [
        {
            "data": {"values": [{"x": left, "x2": cut_x, "y": cut_y, "y2": top}]},
            "mark": {"type": "rect", "color": colour("tint"), "aria": False},
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}},
        },
        {"data": {"values": [{"x": cut_x}]}, "mark": line, "encoding": {"x": x}},
        {"data": {"values": [{"y": cut_y}]}, "mark": line, "encoding": {"y": y}},
    ]
    for text, across, up in zip(
        chart.corners, (left, right, left, right), (top, top, bottom, bottom), strict=True
    ):
        layers.append(
            {
                "data": {"values": [{"x": across, "y": up, "t": text}]},
                "mark": {
                    "type": "text",
                    "fontStyle": "italic",
                    "color": colour("muted"),
                    "align": "left" if across == left else "right",
                    "baseline": "top" if up == top else "bottom",
                    "dx": 6 if across == left else -6,
                    "dy": 5 if up == top else -5,
                    "aria": False,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "t"}},
            }
        )
    for tone in dict.fromkeys(dot.tone for dot in chart.dots):
        own = [dot for dot in chart.dots if dot.tone == tone]
        for name, other, ends in (
            ("x", "y", [(dot.x_interval, dot.y) for dot in own]),
            ("y", "x", [(dot.y_interval, dot.x) for dot in own]),
        ):
            rows = [{name: low, "e": high, other: at} for (low, high), at in ends if None not in (low, high)]
            layers.append(
                {
                    "data": {"values": rows},
                    "mark": {
                        "type": "rule",
                        "strokeWidth": 5,
                        "strokeOpacity": 0.35,
                        "color": colour(tone),
                        "aria": False,
                    },
                    "encoding": {"x": x, "y": y, f"{name}2": {"field": "e"}},
                }
            )
    for hollow in (False, True):
        placed: list[Spec] = [
            {"x": dot.x, "y": dot.y, "n": dot.number, "c": colour(dot.tone), "d": dot.tip}
            for dot in chart.dots
            if dot.is_hollow is hollow
        ]
        if not placed:
            continue
        paint: Spec = {"field": "c", "type": "nominal", "scale": None}
        layers += [
            {
                "data": {"values": placed},
                "mark": {
                    "type": "point",
                    "filled": not hollow,
                    "size": 330,
                    "opacity": 1,
                    "strokeWidth": 2,
                    **({"fill": colour("paper")} if hollow else {}),
                },
                "encoding": {
                    "x": x,
                    "y": y,
                    "stroke" if hollow else "fill": paint,
                    "description": {"field": "d"},
                },
            },
            {
                "data": {"values": placed},
                "mark": {
                    "type": "text",
                    "fontWeight": "bold",
                    "color": colour("ink" if hollow else "paper"),
                    "aria": False,
                },
                "encoding": {"x": x, "y": y, "text": {"field": "n"}},
            },
        ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - 80,
        "height": 280 if narrow else 360,
        "padding": 2,
        "layer": layers,
    }


# Finishing ----------------------------------------------------------------------------


def draw(
    make: Callable[[int], Spec], chart_id: str, *, description: str, labelled_by: str, width: int = WIDE
) -> Markup:
    """A chart at both widths, switched by the width of its container; `width` is that of the wide one."""
    wide = fitted(make(width), width)
    narrow = fitted(make(NARROW), NARROW)
    return Markup("\n").join(
        (
            finish(
                wide,
                f"{chart_id}-w",
                description,
                labelled_by,
                f"chart chart-{'half' if width == HALF else 'wide'}",
            ),
            finish(narrow, f"{chart_id}-n", description, labelled_by, "chart chart-narrow"),
        )
    )


@lru_cache(maxsize=256)
def vega(spec: str) -> str:
    """The renderer's drawing of a spec; nothing may be fetched."""
    register_fonts()
    return vl_convert.vegalite_to_svg(spec, config=CONFIG, allowed_base_urls=[])


def fitted(spec: Spec, width: int) -> str:
    """The drawing with its plot so wide that the whole, labels included, has the width asked.

    Labels differ in length by language, so the first drawing is measured and the second corrected.
    """
    drawn = ""
    for _ in range(3):
        drawn = vega(json.dumps(spec))
        total = float(re.search(r'viewBox="0 0 ([\d.]+) ', drawn).group(1))  # type: ignore[union-attr]  # drawn here
        if abs(total - width) <= 2 or (total < width and spec["width"] >= width):
            break
        spec = {**spec, "width": max(120, spec["width"] + width - total)}
    return drawn


def finish(drawn: str, chart_id: str, description: str, labelled_by: str, css_class: str) -> Markup:
    """The renderer's SVG as the page needs it: named, described, small, with ids of its own."""
    root = etree.fromstring(drawn.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    box = root.get("viewBox") or ""
    root.attrib.clear()
    for element in list(root.iter()):
        if isinstance(element.tag, str):
            tidy(element)
    drop_invisible(root)
    merge_lines(root)
    hoist(root)
    unwrap(root)
    for element in root.iter():
        own = element.get("id")
        if own:
            element.set("id", f"{chart_id}-{own}")
        for name, value in attributes(element):
            if "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{chart_id}-"))
    for name, value in (
        ("viewBox", box),
        ("role", "img"),
        ("id", chart_id),
        ("class", css_class),
        ("aria-labelledby", labelled_by),
        ("aria-describedby", f"{chart_id}-d"),
    ):
        root.set(name, value)
    described = etree.Element(SVG + "desc", {"id": f"{chart_id}-d"})
    described.text = description
    root.insert(0, described)
    text = etree.tostring(root, encoding="unicode")
    for namespace in (' xmlns="http://www.w3.org/2000/svg"', ' xmlns:xlink="http://www.w3.org/1999/xlink"'):
        text = text.replace(namespace, "", 1)
    # lxml has escaped every text and attribute.
    return Markup(text)  # noqa: S704 - escaped


def attributes(element: etree._Element) -> list[tuple[str, str]]:
    """An element's attributes as they are now, so that they may be changed on the way."""
    return [(str(name), str(value)) for name, value in element.attrib.items()]


def taken(element: etree._Element, name: str) -> str | None:
    """An attribute's value, removed; none when it is not there."""
    value = element.get(name)
    if value is not None:
        del element.attrib[name]
    return value


def tidy(element: etree._Element) -> None:
    """Labels of marks become tooltips; the renderer's plumbing and the defaults go."""
    label = taken(element, "aria-label")
    if label and element.tag in (SVG + "path", SVG + "line", SVG + "text", SVG + "rect"):
        title = etree.Element(SVG + "title")
        title.text = label
        element.insert(0, title)
        if element.get("opacity") == "0":
            # A mark that is not painted gets no pointer events unless it asks for them.
            for name in ("opacity", "stroke"):
                taken(element, name)
            element.set("pointer-events", "stroke")
            element.set("data-hit", "")
    for name, value in attributes(element):
        if name == "pointer-events" and "data-hit" in element.attrib:
            continue
        if name in DROPPED or DEFAULTS.get(name) == value:
            del element.attrib[name]
        elif name in GEOMETRY:
            element.set(name, LONG_DECIMALS.sub(short_decimal, value))
        elif name == "font-size":
            element.set(name, value.replace("px", ""))
    taken(element, "data-hit")
    place_plainly(element)


def short_decimal(match: re.Match[str]) -> str:
    """A coordinate to a tenth of a pixel."""
    value = float(match.group())
    return f"{value:.1f}".rstrip("0").rstrip(".") if abs(value) >= 0.05 else "0"


PLACE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")


def place_plainly(element: etree._Element) -> None:
    """A circle says its centre and radius, a word its place: shorter than a path or a word moved there."""
    circle = CIRCLE.fullmatch(element.get("d", "")) if element.tag == SVG + "path" else None
    if circle is not None:
        element.tag = SVG + "circle"
        del element.attrib["d"]
        element.set("r", circle.group(1))
    names = {SVG + "circle": ("cx", "cy"), SVG + "text": ("x", "y")}.get(str(element.tag))
    found = PLACE.fullmatch(element.get("transform", ""))
    if names is None or found is None or any(child.tag == SVG + "tspan" for child in element):
        return
    del element.attrib["transform"]
    for name, value in zip(names, found.groups(), strict=True):
        if value != "0":
            element.set(name, value)


def merge_lines(root: etree._Element) -> None:
    """Lines of a group that are drawn alike become one path; a line that says something keeps its own."""
    for group in list(root.iter(SVG + "g")):
        drawn: list[etree._Element] = []
        for line in [child for child in group if child.tag == SVG + "line"]:
            found = PLACE.fullmatch(line.get("transform", "translate(0,0)"))
            if found is None:
                continue
            x, y = found.groups()
            across, down = taken(line, "x2") or "0", taken(line, "y2") or "0"
            taken(line, "transform")
            shape = f"h{across}" if down == "0" else f"v{down}" if across == "0" else f"l{across},{down}"
            path = etree.Element(SVG + "path", {"d": f"M{x},{y}{shape}", **dict(attributes(line))})
            path.extend(list(line))
            group.replace(line, path)
            same = drawn[-1] if drawn else None
            if same is not None and not len(path) and not len(same) and style_of(path) == style_of(same):
                same.set("d", same.get("d", "") + path.get("d", ""))
                group.remove(path)
            else:
                drawn.append(path)


def style_of(element: etree._Element) -> dict[str, str]:
    """How an element is painted: its attributes without its shape."""
    return {name: value for name, value in attributes(element) if name != "d"}


def drop_invisible(root: etree._Element) -> None:
    """Remove paths that draw nothing and coordinates that are zero anyway."""
    for path in list(root.iter(SVG + "path")):
        empty = path.get("d", "") in ("", "M0,0h0v0h0Z") or path.get("display") == "none"
        unpainted = path.get("fill") is None and path.get("stroke") is None
        parent = path.getparent()
        if len(path) == 0 and (empty or unpainted) and parent is not None:
            parent.remove(path)
    for line in root.iter(SVG + "line"):
        for name in ("x2", "y2"):
            if line.get(name) == "0":
                del line.attrib[name]


def hoist(root: etree._Element) -> None:
    """Attributes that all children of a group share move to the group."""
    for group in list(root.iter(SVG + "g"))[::-1]:
        children = [child for child in group if isinstance(child.tag, str)]
        simple = {SVG + "text", SVG + "line", SVG + "path", SVG + "circle", SVG + "g"}
        if not children or any(child.tag not in simple for child in children):
            continue
        for name in (
            "fill",
            "stroke",
            "font-size",
            "font-weight",
            "text-anchor",
            "stroke-width",
            "stroke-dasharray",
            "pointer-events",
        ):
            found = {child.get(name) for child in children}
            if len(found) == 1 and None not in found and group.get(name) is None:
                group.set(name, str(found.pop()))
                for child in children:
                    del child.attrib[name]


def unwrap(root: etree._Element) -> None:
    """Empty groups go; groups that say nothing hand their children up."""
    changed = True
    while changed:
        changed = False
        for group in list(root.iter(SVG + "g")):
            parent = group.getparent()
            if parent is None:
                continue
            bare = set(attributes(group)) <= {("transform", "translate(0,0)")}
            if len(group) == 0:
                parent.remove(group)
                changed = True
            elif bare:
                place = parent.index(group)
                for child in list(group):
                    parent.insert(place, child)
                    place += 1
                parent.remove(group)
                changed = True
