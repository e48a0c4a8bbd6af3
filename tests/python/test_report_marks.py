"""Marks beside the numbers: what happened meanwhile, whose checks did not pass, words that stand clear."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import report_fixture as fabricated
from lxml import etree, html

from cx_warehouse.quality.comparisons import release_suites
from cx_warehouse.quality.profiles import Profile
from cx_warehouse.quality.suites import mart_suites
from reports.charts import (
    WIDE,
    Event,
    Line,
    Point,
    Trend,
    beside_partial,
    event_layers,
    finish,
    fitted,
    free_place,
    trend,
    values_between,
)
from reports.checks import in_words, translated
from reports.editions import edition_of
from reports.figures.initiatives import place_of
from reports.figures.measures import Edition, Target, headline_measures
from reports.figures.trust import doubts, rows_by_period
from reports.numbers import say
from reports.pages import churn, quality, response, summary
from reports.pages.parts import Context
from reports.release import Row, Source, opened
from reports.render import make_context
from reports.words import Words

CHECKS = "quality.check_results"
Change = Callable[[dict[str, Any]], dict[str, Any] | None]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo release."""
    return fabricated.write(tmp_path_factory.mktemp("base") / "cx.duckdb", fabricated.demo())


@pytest.fixture
def context_of(base: Path, tmp_path: Path) -> Iterator[Callable[..., Context]]:
    """The context of a page on the demo release, one of its tables with other rows."""
    with ExitStack() as opened_ones:

        def make(table: str = "", rows: list[dict[str, Any]] | None = None, language: str = "en") -> Context:
            path = base
            if rows is not None:
                path = fabricated.altered(base, tmp_path / f"{uuid4()}.duckdb", table, rows)
            release = opened_ones.enter_context(opened(path))
            return make_context(release, language, edition_of(release))

        yield make


# What happened meanwhile ---------------------------------------------------------------


def test_an_initiative_is_a_line_on_the_charts_of_its_measure_and_named_beneath(
    context_of: Callable[..., Context],
) -> None:
    found = response.percentiles_figure(context_of(), 1, "business")
    assert "Longer hours in Vilnius" in str(found.drawing)
    assert "Longer hours in Vilnius (July 10, 2026)" in str(found.note)
    # An initiative without a measure is meant to move everything; one about the web nothing of this.
    assert "A new price list" in str(found.drawing)
    assert "A blog" not in str(found.drawing)
    other = summary.build(context_of())["nps_figure"]
    assert "Longer hours" not in str(other.drawing), "waiting is no measure of recommendation"
    assert "A new price list" in str(other.drawing)


def test_a_day_lies_within_its_period_on_the_axis() -> None:
    edition = Edition(dt.date(2026, 6, 1))
    months = [dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)]
    assert place_of(dt.date(2026, 4, 1), months, edition) == -0.5
    assert place_of(dt.date(2026, 4, 16), months, edition) == 0.0
    assert place_of(dt.date(2026, 6, 30), months, edition) == pytest.approx(2.47)
    assert place_of(dt.date(2026, 7, 1), months, edition) is None


# Checks that did not pass --------------------------------------------------------------


def failing(subject: str, status: str = "fail") -> list[dict[str, Any]]:
    """One warning about a table."""
    return [
        {
            "check_id": f"expectation:{subject}:volume",
            "kind": "expectation",
            "suite": "raw intake",
            "subject": subject,
            "severity": "warning",
            "status": status,
            "observed": "3",
            "expected": "between half and three times the rows of the last release, if there is one",
            "message": f"{subject}: expected between half and three times the rows, found 3.",
        }
    ]


@pytest.mark.parametrize(
    ("subject", "marked", "clean"),
    [
        ("marts.kpi_nps", {"nps_rel"}, {"csi", "sla_attainment", "logo_churn_rate"}),
        ("staging.stg_helpdesk__tickets", {"frt_human_median", "sla_attainment", "fcr"}, {"nps_rel", "nrr"}),
        ("helpdesk.tickets", {"frt_human_median", "sla_attainment", "fcr"}, {"nps_rel", "nrr"}),
        ("marts.fct_customer_months", {"logo_churn_rate", "nrr", "grr"}, {"nps_rel", "frt_human_p90"}),
        ("marts.kpi_metric_values", {"nps_rel", "csi", "nrr", "frt_human_median"}, set()),
    ],
)
def test_a_check_marks_the_cards_that_it_is_about_and_no_other(
    context_of: Callable[..., Context], subject: str, marked: set[str], clean: set[str]
) -> None:
    context = context_of(CHECKS, failing(subject))
    told = doubts(context.release)
    assert marked <= set(told)
    assert not clean & set(told)
    cards = {card.metric: card for card in summary.build(context)["cards"]}
    for metric in marked & set(cards):
        if cards[metric].value is not None:
            assert cards[metric].doubt == "1 check did not pass"
    for metric in clean & set(cards):
        assert cards[metric].doubt == ""


def test_a_check_that_passes_marks_nothing(context_of: Callable[..., Context]) -> None:
    assert doubts(context_of(CHECKS, failing("marts.kpi_nps", "pass")).release) == {}


@pytest.mark.parametrize("language", ["ru", "lt"])
def test_what_a_check_expected_and_found_is_said_in_the_language_of_the_page(
    context_of: Callable[..., Context], language: str
) -> None:
    table = quality.not_passed_table(context_of(CHECKS, failing("marts.kpi_nps"), language))
    assert table is not None
    expected, observed, message = table.rows[0][3], table.rows[0][4], table.rows[0][-1]
    assert "last release" not in str(expected)
    assert observed == "3"
    assert message == "–", "it would only repeat both, in English"


def test_every_sentence_of_the_gate_is_known_to_the_report() -> None:
    suites = [*mart_suites(), *release_suites({}, {"marts.fct_tickets": Profile()})]
    said = {check.expected for suite in suites for check in suite.checks}
    assert len(said) > 60
    for language in ("ru", "lt"):
        words = Words(language)
        assert [text for text in said if translated(words, text) is None] == []
        assert in_words(words, "12 of 400 rows against it") != "12 of 400 rows against it"
    assert in_words(Words("ru"), "a sentence of someone else") == "a sentence of someone else"
    assert in_words(Words("en"), "mrr_lost at least 0") == "mrr_lost at least 0"


# Rows of each month --------------------------------------------------------------------


def test_the_rows_of_a_month_are_counted_in_the_release_and_say_what_was_counted(
    context_of: Callable[..., Context],
) -> None:
    context = context_of()
    found = {one.name: one for one in quality.freshness_rows(context)}
    followups = found["fct_followups"]
    assert followups.month is not None
    assert followups.line is not None
    counted = [
        row
        for row in fabricated.demo()["marts.fct_followups"]
        if (row["opened_at"].year, row["opened_at"].month)
        == (context.edition.start.year, context.edition.start.month)
    ]
    assert followups.month.value == len(counted) > 0
    before = context.edition.back(1)
    row = rows_by_period(context.release, "fct_followups", context.edition, [before])[0]
    opened_before = [
        row for row in fabricated.demo()["marts.fct_followups"] if row["opened_at"].month == before.month
    ]
    assert row.count("rows") == len(opened_before) > 0, "no row of another month"
    assert followups.month.source.address.startswith("fct_followups?opened_at.from=")


# Words and places ----------------------------------------------------------------------


def flat(values: list[float | None], label: str = "target") -> Trend:
    """A line with a target at 10."""
    points = [Point(index, value) for index, value in enumerate(values)]
    return Trend(
        [Line(points, "1")], {0: "a"}, lambda value, step: str(value), target=10.0, target_label=label
    )


def test_the_words_of_a_target_stand_where_no_line_runs() -> None:
    ends, indices, size = (0.0, 40.0), (0, 11), (520, 280)
    start, above = free_place(flat([11.0, 11.0, 11.0, 11.0, *[30.0] * 8]), ends, indices, size)
    assert (start, above) == (0, False), "beneath, where the line runs just above"
    start, _ = free_place(flat([12.0, 8.0, 12.0, 8.0, *[30.0] * 8]), ends, indices, size)
    assert start >= 4, "further on, where the line has left the target"
    # At the foot of the axis there is no room beneath.
    assert free_place(flat([30.0] * 12), (9.8, 40.0), indices, size) == (0, True)
    # The upright line of an event runs through both sides.
    marked = replace(flat([30.0] * 12), events=[Event(0.5, "Longer hours")])
    assert free_place(marked, ends, indices, size) == (1, True), "after the event"
    # Where no place is free, words are crossed once rather than all along.
    along, across = [12.0, 8.0] * 4, [31.0, -9.0, 27.0, -9.0]
    start, _ = free_place(flat([*along, *across], "target of the year"), (-20.0, 40.0), indices, size)
    assert start == 8, "where the line is steep"


def test_a_value_stands_on_the_side_that_the_dotted_end_leaves_free() -> None:
    def placed(value: float, to_date: float, above_axis: float) -> Any:
        line = Line([Point(0, value), Point(1, to_date, partial=True)], "4.4%")
        mark = beside_partial(line, value, above_axis)
        return mark["baseline"], mark["align"]

    assert placed(5.0, 3.0, 100.0) == ("bottom", "center"), "over a dot whose end falls"
    assert placed(5.0, 14.0, 100.0) == ("top", "center"), "under a dot whose end rises"
    assert placed(1.0, 14.0, 10.0) == ("bottom", "right"), "beside it where there is no room beneath"


def test_the_name_of_an_event_stands_where_no_line_runs() -> None:
    def placed(values: list[float | None]) -> Any:
        chart = replace(flat(values), events=[Event(4.0, "Longer hours")])
        _, names = event_layers(chart, {}, {}, (0.0, 40.0), (0, 11), (520, 280))
        return names[0]["mark"]["baseline"], names[0]["mark"]["align"]

    assert placed([30.0] * 12) == ("bottom", "left"), "at the foot, after its line"
    assert placed([1.0] * 12) == ("top", "left"), "at the head where a line runs at the foot"
    assert placed([30.0] * 5 + [1.0] * 7) == ("bottom", "right"), "before its line where it is free there"


def test_a_line_is_looked_at_between_its_values_too() -> None:
    points = [Point(0, 0.0), Point(1, 4.0), Point(2, None), Point(3, 8.0)]
    assert values_between(points, 0.2, 0.8) == [1.0, 2.0, 3.0]


def test_the_smallest_markup_draws_the_same_marks() -> None:
    drawn = fitted(trend(flat([11.0, 12.0, 13.0]), WIDE), WIDE)
    text = str(finish(drawn, "f", "A chart.", "h", "chart"))
    root = etree.fromstring(text)
    grid = [path for path in root.iter("path") if path.get("d", "").count("h") > 2]
    assert len(grid) == 1, "the lines of the grid are one path"
    assert not list(root.iter("line"))
    assert [word.get("transform") for word in root.iter("text")] == [None] * len(list(root.iter("text")))
    assert len(list(root.iter("circle"))) == 1
    assert len(text) < len(drawn) / 2


def reason(name: str, customers: int, cumulative: float) -> Row:
    """A reason of the Pareto."""
    return Row(Source("kpi_churn_reasons", ()), {
        "reason": name, "churned_customers": customers, "cumulative_share": cumulative,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "named"),
    [([12, 4, 4, 4], 1), ([12, 6, 4, 4], 2), ([12, 6, 4, 3], 3), ([5, 5, 5, 5], 1), ([9, 4], 2), ([], 0)],
)
def test_no_reason_is_left_out_of_a_headline_that_is_as_frequent_as_the_last_of_it(
    counts: list[int], named: int
) -> None:
    rows = [reason(f"r{place}", count, 0.1 * place) for place, count in enumerate(counts)]
    assert len(churn.leading(rows)) == named


def test_a_sentence_ends_with_one_full_stop() -> None:
    assert (
        say("The latest period: {month}.", month="сентябрь 2026 г.") == "The latest period: сентябрь 2026 г."
    )
    assert say("The latest period: {month}.", month="July 2026") == "The latest period: July 2026."


def test_a_target_within_the_interval_is_met_or_missed_within_the_margin_of_error(
    context_of: Callable[..., Context],
) -> None:
    context = context_of()
    found = {spec.id: measure for spec, measure in headline_measures(context.release, context.edition)}
    cards = {card.id: card for card in summary.build(context)["cards"]}
    seen = set()
    for name, measure in found.items():
        row, target = measure.current, cards[f"card-{name}"].target
        if row is None or measure.target is Target.NONE or row.number("ci_low") is None:
            continue
        inside = (row.number("ci_low") or 0) < (row.number("target") or 0) < (row.number("ci_high") or 0)
        seen.add(inside)
        assert ("within the margin of error" in html.fromstring(str(target)).text_content()) is inside, name
    assert seen == {True, False}
