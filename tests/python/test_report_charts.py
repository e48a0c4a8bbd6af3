"""The drawings: honest scales, lines broken where a month is missing, labels that fit."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from lxml import etree

from reports.charts import (
    NARROW,
    WIDE,
    Bar,
    Line,
    Point,
    Stack,
    Steps,
    Trend,
    bars,
    draw,
    end_labels,
    finish,
    fitted,
    stacks,
    steps,
    ticks,
    trend,
    wrapped,
)
from reports.glyphs import bullet, parts, place, spark, whisker


def drawing(values: list[float | None], **options: object) -> str:
    points = [
        Point(
            i,
            v,
            None if v is None else v - 2,
            None if v is None else v + 2,
            "" if v is None else f"month {i}",
        )
        for i, v in enumerate(values)
    ]
    chart = Trend(
        [Line(points, "+41")], {i: f"m{i}" for i in range(len(values))}, lambda v, step: f"{v:g}", **options
    )  # type: ignore[arg-type]
    return str(finish(fitted(trend(chart, WIDE), WIDE), "f", "words", "h", "chart"))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-43, 41), (0.01, 0.0233), (5, 5), (0, 0), (-1e9, 1e12)])
def test_ticks_are_round_and_span_the_values(low: float, high: float) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 8
    distances = {round(later - earlier, 9) for earlier, later in pairwise(found)}
    assert math.isclose(min(distances), max(distances), rel_tol=1e-6)


def test_ticks_of_durations_are_whole_units_of_time() -> None:
    assert ticks(0, 232, durations=True) == [0, 60, 120, 180, 240]
    assert ticks(0, 900_000, durations=True)[1] % 43200 == 0


def test_a_missing_month_breaks_the_line_and_an_isolated_month_stays_visible() -> None:
    text = drawing([30.0, 31.0, None, 33.0, None, 35.0, 36.0])
    line = next(d for d in re.findall(r' d="([^"]+)"', text) if d.count("L") == 2 and "A" not in d)
    assert line.count("M") == 3
    whole = etree.fromstring(text)
    circles = list(whole.iter("circle"))
    assert len(circles) == 2, "the isolated month and the last one"
    assert "nan" not in text.lower()


def test_one_month_is_a_dot_with_its_interval_and_no_line() -> None:
    text = drawing([41.0])
    assert 'stroke="var(--band)"' in text
    assert "<circle" in text
    assert not re.findall(r'd="M[^"A]+L', text)


def test_the_month_that_is_not_over_is_dotted_and_hollow() -> None:
    points = [Point(0, 30.0), Point(1, 31.0), Point(2, 29.0, partial=True)]
    chart = Trend(
        [Line(points, "31")], {0: "a", 2: "b"}, lambda v, step: str(v), target=30.0, target_label="target"
    )
    text = str(finish(fitted(trend(chart, NARROW), NARROW), "f", "words", "h", "chart"))
    assert 'stroke-dasharray="2,3"' in text
    assert 'fill="var(--paper)"' in text
    assert "target" in text


@pytest.mark.parametrize("label", ["1", "3 val. 52 min.", "a label of quite some length"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_drawing_has_the_width_asked_whatever_its_labels(label: str, width: int) -> None:
    chart = Trend([Line([Point(0, 1.0), Point(1, 2.0)], label)], {0: "a", 1: "b"}, lambda v, step: str(v))
    box = re.search(r'viewBox="0 0 ([\d.]+)', fitted(trend(chart, width), width))
    assert box is not None
    assert abs(float(box.group(1)) - width) <= 4


def test_text_is_measured_with_the_reports_font() -> None:
    narrow = fitted(bars([Bar("iiiiiiiiii", 1, "1", "accent", "")], WIDE), WIDE)
    broad = fitted(bars([Bar("ЖЖЖЖЖЖЖЖЖЖ", 1, "1", "accent", "")], WIDE), WIDE)

    def offset(text: str) -> float:
        return float(re.search(r"translate\(([\d.]+),", text).group(1))  # type: ignore[union-attr]

    # By bytes the Cyrillic label would be twice as wide as by its glyphs.
    assert 1.5 < offset(broad) / offset(narrow) < 6


def test_words_at_the_ends_of_lines_do_not_overlap() -> None:
    lines = [Line([Point(0, 1.0), Point(1, value)], "two\nlines") for value in (10.0, 10.1, 10.2)]
    places = sorted(where for _, where in end_labels(lines, 0.0, 20.0, 280))
    assert all((later - earlier) / 20.0 * 280 >= 30 for earlier, later in pairwise(places))
    assert end_labels([Line([Point(0, None)], "x")], 0.0, 1.0, 100) == [(None, 0.0)]
    assert end_labels([Line([Point(0, 1.0, partial=True)], "x")], 0.0, 1.0, 100)[0][0] is not None


def test_long_labels_wrap_to_two_lines_and_end_in_an_ellipsis() -> None:
    assert wrapped("Price", 27) == ["Price"]
    assert wrapped("Repeated unresolved incident after three contacts", 27) == [
        "Repeated unresolved",
        "incident after three conta…",
    ][:1] + wrapped("incident after three contacts", 27, 1)
    assert wrapped("A" * 90, 27) == ["A" * 27, "A" * 26 + "…"]
    assert wrapped("  ", 27) == []


def test_bars_start_at_zero_and_keep_equal_labels_apart() -> None:
    items = [
        Bar("Same", 4, "4", "accent", "Same: 4", ("50%", "50%")),
        Bar("Same", 2, "2", "zone", "Same: 2", ("25%", "75%")),
    ]
    text = str(
        draw(lambda width: bars(items, width, ("share", "cum.")), "f", description="d", labelled_by="h")
    )
    widths = [float(w) for w in re.findall(r"h([\d.]+)v", text)]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.02)
    assert text.count("Same: 4") == 2
    assert fitted(bars([], WIDE), WIDE)


def test_stacked_bars_and_steps_are_drawn() -> None:
    items = [Stack(i, [3.0, 2.0], ["a", "b"]) for i in range(3)]
    text = str(
        draw(
            lambda w: stacks(items, ["x 3", "y 2"], ["zone", "accent"], {0: "0", 2: "2"}, str, w),
            "f",
            description="d",
            labelled_by="h",
        )
    )
    assert text.count("<title>a</title>") == 6
    gone = [Stack(0, [3.0, 2.0, 0.0], ["a", "b", "c"]), Stack(1, [3.0, 0.0, 0.0], ["a", "b", "c"])]
    spec = stacks(gone, ["x 3", "y 0", "z 0"], ["zone", "accent", "s3"], {0: "0", 1: "1"}, str, WIDE)
    marks = [layer["mark"] for layer in spec["layer"]]
    assert [mark["fill"] for mark in marks if mark["type"] == "point"] == ["var(--zone)", "var(--accent)"], (
        "a part that was and is no more still says what its colour means; one that never was does not"
    )
    one = [Steps([(1, 0.9, 0.8, 0.95), (2, 0.7, None, None)], "all\n70%", "accent")]
    two = [*one, Steps([(1, 0.8, 0.7, 0.9)], "other", "s3")]
    assert "var(--band)" in fitted(steps(one, {0: "0", 2: "2"}, str, WIDE), WIDE)
    assert "var(--band)" not in fitted(steps(two, {0: "0", 2: "2"}, str, WIDE), WIDE)


def test_two_drawings_in_one_page_share_no_id_and_every_tooltip_is_a_title() -> None:
    chart = Trend(
        [Line([Point(i, float(i), tip=f"tip {i}") for i in range(3)], "2")], {0: "a"}, lambda v, step: ""
    )
    text = str(draw(lambda width: trend(chart, width), "f-x", description="<d>&", labelled_by="h"))
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert text.count("<title>tip 1</title>") == 2
    assert "&lt;d&gt;&amp;" in text
    assert "xmlns" not in text
    assert "font-family" not in text


def test_hostile_labels_of_a_chart_stay_text() -> None:
    hostile = "'</text><script>alert(1)</script>\\"
    chart = Trend(
        [Line([Point(0, 1.0, tip=hostile), Point(1, 2.0)], hostile)],
        {0: hostile, 1: "b"},
        lambda v, step: hostile,
    )
    text = str(draw(lambda width: trend(chart, width), "f", description=hostile, labelled_by="h"))
    assert "<script" not in text
    assert "alert(1)" in text


def test_glyphs_place_values_inside_their_box() -> None:
    assert place(5, 5, 5) == 50.0
    assert place(-3, 0, 10) == 0.0
    flat = spark([2.0, 2.0, 2.0])
    assert flat is not None
    assert flat.lines == ("0,50 50,50 100,50",)
    gap = spark([1.0, None, 3.0, 4.0, None])
    assert gap is not None
    assert (len(gap.lines), gap.dots, gap.last) == (1, ((0.0, 100.0),), None)
    assert spark([None, 1.0]) is None
    assert spark([]) is None
    one = bullet(0.02, 0.01, 0.03, 0.02, direction="down", scale=None, history=[])
    assert one.zone == (0.0, one.target)
    assert bullet(1.0, None, None, None, direction="up", scale=(0, 1), history=[]).target is None
    assert bullet(-5.0, None, None, 1.0, direction="none", scale=None, history=[]).zone is None
    assert [round(part.width) for part in parts([1, 1, 2])] == [25, 25, 50]
    assert parts([0, 0])[0].width == 0.0
    assert whisker(1.0, None, None, None, 0.0, 2.0).value == 50.0
