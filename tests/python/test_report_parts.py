"""Parts of pages built alone, from fabricated rows: what a subject's figures say and draw in each state."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import report_fixture as fabricated
from lxml import etree

from reports import catalogues
from reports.charts import WIDE, Line, Point, Trend, cut_ends, finish, fitted, trend
from reports.editions import edition_of
from reports.pages import nps, quality, voice
from reports.pages.attributes import drivers, grid, investing
from reports.pages.churn import cost_table
from reports.pages.parts import Context
from reports.pages.summary import trust_facts
from reports.release import opened
from reports.render import make_context
from reports.tables import cell
from reports.words import LANGUAGES, Words, catalogue

Change = Callable[[dict[str, Any]], dict[str, Any] | None]
ATTRIBUTES = "marts.kpi_csi_attributes"
THEMES = "marts.kpi_comment_themes"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo release."""
    return fabricated.write(tmp_path_factory.mktemp("base") / "cx.duckdb", fabricated.demo())


@pytest.fixture
def context_of(base: Path, tmp_path: Path) -> Iterator[Callable[..., Context]]:
    """The context of a page on the demo release, one mart of it changed."""
    with ExitStack() as opened_ones:

        def make(change: Change | None = None, mart: str = ATTRIBUTES, language: str = "en") -> Context:
            path = base
            if change is not None:
                rows = fabricated.with_values(fabricated.demo(), change, mart)[mart]
                path = fabricated.altered(base, tmp_path / f"{uuid4()}.duckdb", mart, rows)
            release = opened_ones.enter_context(opened(path))
            return make_context(release, language, edition_of(release))

        yield make


def texts(drawing: object) -> list[str]:
    """The texts of the wide drawing of a chart."""
    wide = str(drawing).split("</svg>")[0] + "</svg>"
    return [one.text for one in etree.fromstring(wide).iter("text")]


# Satisfaction -------------------------------------------------------------------------


def test_the_matrix_names_what_to_improve_and_numbers_its_dots_like_its_key(
    context_of: Callable[..., Context],
) -> None:
    found = investing(context_of(), 4)
    assert found is not None
    assert str(found.figure.title) == "Important and below average: Speed"
    names = [place.name for place in found.key]
    assert names == ["Speed", "Price", "Reliability", "Staff", "Ease of use", "Invoices"], (
        "most important first"
    )
    assert [place.words for place in found.key][:3] == ["Improve first", "Borderline", "Keep up"]
    drawn = texts(found.figure.drawing)
    assert {str(number) for number in range(1, 7)} <= set(drawn)
    assert {"Improve first", "Keep up", "Watch", "No action"} <= set(drawn)
    wide = str(found.figure.drawing).split("</svg>")[0]
    assert wide.count('fill="var(--tint)"') == 1
    # One attribute is not decided: one hollow dot, and only one.
    assert (
        len(re.findall(r'<g fill="var\(--paper\)" stroke="var\(--muted\)"|fill="var\(--paper\)" d=', wide))
        >= 1
    )
    assert "Price: satisfaction 73.9, importance 88.0 – Borderline" in wide


def test_where_nothing_is_decided_the_matrix_says_so_and_every_dot_is_hollow(
    context_of: Callable[..., Context],
) -> None:
    found = investing(context_of(lambda row: {**row, "quadrant": "undetermined"}), 4)
    assert found is not None
    assert str(found.figure.title) == "No important attribute lies clearly below average"
    assert {place.words for place in found.key} == {"Borderline"}
    assert "var(--s3)" not in str(found.figure.drawing)


def test_the_matrix_takes_the_period_that_decides_most(context_of: Callable[..., Context]) -> None:
    def only_the_year(row: dict[str, Any]) -> dict[str, Any]:
        return row if row["period_grain"] == "year" else {**row, "quadrant": "undetermined"}

    def ended(row: dict[str, Any]) -> dict[str, Any]:
        start = row["period_start"]
        return {**row, "period_start": start.replace(year=2025)} if row["period_grain"] == "year" else row

    decided = investing(context_of(lambda row: ended(only_the_year(row))), 4)
    equal = investing(context_of(ended), 4)
    assert decided is not None
    assert equal is not None
    assert "2025" in decided.figure.subtitle
    assert "October 2026" in equal.figure.subtitle, "of equals the shortest"


def test_with_three_attributes_or_no_importance_there_is_a_table_and_no_drawing(
    context_of: Callable[..., Context],
) -> None:
    few = investing(
        context_of(lambda row: row if row["attribute"] in ("speed", "price", "staff") else None), 4
    )
    unasked = investing(
        context_of(
            lambda row: {
                **row,
                "importance_stated": None,
                "importance_cut": None,
                "gap": None,
                "quadrant": None,
            }
        ),
        4,
    )
    for found, rows in ((few, 3), (unasked, 6)):
        assert found is not None
        assert found.figure.drawing is None
        assert found.figure.table is not None
        assert len(found.figure.table.rows) == rows
    assert investing(context_of(lambda row: None), 4) is None


def test_the_grid_names_the_lowest_cell_among_those_with_enough_answers(
    context_of: Callable[..., Context],
) -> None:
    found = grid(context_of())
    assert found is not None
    assert found.groups == ("email", "phone")
    assert re.sub("<[^>]*>", "", str(found.title)) == "The lowest cell: Invoices, email – 55.5"
    by_name = dict(found.rows)
    assert [one.tone for one in by_name["Ease of use"]] == ["few", "c4"], "17 answers are hatched"
    assert [one.tone for one in by_name["Invoices"]] == ["c1", "c2"]


def test_a_hidden_cell_of_the_grid_is_words_and_one_channel_is_said(
    context_of: Callable[..., Context],
) -> None:
    def hidden(row: dict[str, Any]) -> dict[str, Any]:
        if (row["attribute"], row["dimension_value"]) == ("speed", "email"):
            return {**row, "satisfaction": None, "ci_low": None, "ci_high": None, "base": 3,
                    "publish_status": "suppressed"}  # fmt: skip
        return row

    found = grid(context_of(hidden))
    assert found is not None
    assert dict(found.rows)["Speed"][0].number is None
    assert dict(found.rows)["Speed"][0].words == "n < 5"

    def channel(row: dict[str, Any]) -> dict[str, Any]:
        if row["dimension_value"] == "phone":
            return {**row, "dimension": "channel", "dimension_value": "phone"}
        return row

    assert grid(context_of(channel)) is None, "one channel and one segment: nothing to compare"

    def both(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "dimension": "channel"} if row["dimension"] == "segment" else row

    by_channel = grid(context_of(both))
    assert by_channel is not None
    assert by_channel.groups == ("E-mail", "Phone")


def test_drivers_are_ranked_only_where_the_mart_ranks_them(context_of: Callable[..., Context]) -> None:
    first = drivers(context_of())
    none = drivers(context_of(lambda row: {**row, "johnson_rank": None}, "marts.kpi_csi_importance"))
    unfilled = drivers(context_of(lambda row: {**row, "imp_johnson": None}, "marts.kpi_csi_importance"))
    assert first is not None
    assert none is not None
    assert str(first.title) == "Goes most closely with overall satisfaction: Speed"
    assert str(none.title) == "No attribute goes with overall satisfaction more closely than all others"
    assert "(51%)" in re.sub("<[^>]*>", "", str(first.subtitle))
    assert unfilled is None, "after `dbt build` alone the weights are empty"


# Voice --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "title"),
    [
        ({"up", "down"}, "Named more often: Waiting and replies; less often: Price and value"),
        ({"up"}, "Named more often than before: Waiting and replies"),
        ({"down"}, "Named less often than before: Price and value"),
        (set(), "No theme changed beyond chance"),
    ],
)
def test_only_themes_that_changed_beyond_chance_are_named(
    context_of: Callable[..., Context], kept: set[str], title: str
) -> None:
    def calm(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "signal": "none"} if row["signal"] in {"up", "down"} - kept else row

    (found,) = voice.build(context_of(calm, THEMES))["changes"]
    assert str(found.title) == title
    assert (found.table is None) == (not kept)
    assert len(found.table.rows if found.table else ()) == len(kept)


def test_themes_that_could_not_be_tested_are_not_said_to_be_unchanged(
    context_of: Callable[..., Context],
) -> None:
    assert voice.build(context_of(lambda row: {**row, "signal": None}, THEMES))["changes"] == []


# NPS, churn, quality ------------------------------------------------------------------


def test_the_mix_behind_the_nps_is_a_table_of_signed_points(context_of: Callable[..., Context]) -> None:
    one, *_ = nps.build(context_of())["programmes"]
    assert [str(value) for value in one["mix"].rows[0][1:5]] == [
        "+8.5 pts",
        "+7.7 pts",
        "+1.2 pts",
        "−0.4 pts",
    ]
    assert one["response"].number == one["figure"].number + 1, "figures are numbered as they stand"


def test_departures_for_an_avoidable_reason_stand_among_the_costs_where_they_may_be_shown(
    context_of: Callable[..., Context],
) -> None:
    def avoidable(value: float | None) -> Change:
        def change(row: dict[str, Any]) -> dict[str, Any]:
            return (
                {**row, "metric": "avoidable_churn_share", "value": value} if row["metric"] == "fcr" else row
            )

        return change

    for value, said in ((0.4, ["40%"]), (None, [])):
        table = cost_table(context_of(avoidable(value), "marts.kpi_metric_values"))
        assert table is not None
        assert [str(row[1]) for row in table.rows if row[0] == "Departures for an avoidable reason"] == said


def test_an_interval_beyond_the_possible_is_cut_at_the_edge_and_marked() -> None:
    points = [Point(0, 0.97, 0.93, 1.0), Point(1, 0.99, 0.97, 1.004), Point(2, 0.96, 0.9, 0.99)]
    assert cut_ends(points, (0.0, 1.0)) == [(1, 1.0)]
    assert cut_ends(points, (0.95, 1.0)) == [(1, 1.0), (0, 0.95), (2, 0.95)]
    assert cut_ends(points, (None, None)) == []

    def drawn(bounds: tuple[float | None, float | None]) -> str:
        chart = Trend([Line(points, "96%")], {0: "a", 2: "c"}, lambda v, step: f"{v:g}", bounds=bounds)
        spec = trend(chart, WIDE)
        assert all(
            row["h"] is None or row["h"] <= 1.0
            for layer in spec["layer"]
            if layer["mark"]["type"] == "area"
            for row in layer["data"]["values"]
        ) == (bounds[1] is not None)
        ticks = [layer for layer in spec["layer"] if layer["mark"]["type"] == "tick"]
        assert len(ticks) == (bounds[1] is not None)
        return str(finish(fitted(spec, WIDE), "f", "words", "h", "chart"))

    assert ">1<" in drawn((0.0, 1.0))
    drawn((None, None))


def test_the_page_says_where_an_interval_is_cut_and_the_table_keeps_the_marts_number(
    context_of: Callable[..., Context],
) -> None:
    from reports.pages import churn

    def wide(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "ci_high": 1.007} if row["metric"] == "grr" and row["value"] is not None else row

    figures = {
        one.id: one for one in churn.build(context_of(wide, "marts.kpi_metric_values"))["revenue_figures"]
    }
    gross, net = figures["f-grr"], figures["f-nrr"]
    assert "Dashes at the edge" in str(gross.note)
    assert "Dashes at the edge" not in str(net.note), "NRR may pass 100 %"
    assert {str(row[3]) for row in gross.table.rows} == {"100.7%"}


def test_the_quality_page_shows_suite_expected_and_observed(context_of: Callable[..., Context]) -> None:
    page = quality.build(context_of())
    failed = page["not_passed"]
    assert list(failed.headings)[1:5] == ["Suite", "About", "Expected", "Observed"]
    assert [cell(value) for value in failed.rows[0]][1:5] == ["dbt tests", "kpi_nps", "0 rows", "7 rows"]
    assert len(page["every_check"].rows) == 214
    assert [list(row)[1] for row in page["checks"].rows] == ["dbt tests"]


def test_the_trust_strip_names_what_is_late_and_what_the_warnings_are_about(
    context_of: Callable[..., Context],
) -> None:
    def stale(row: dict[str, Any]) -> dict[str, Any]:
        if row["check_id"] == "check_000":
            return {
                **row,
                "check_id": "expectation:staging.stg_surveys__answers:fresh:updated_at",
                "subject": "staging.stg_surveys__answers",
            }
        return row

    (_, _, until, calm), _, (_, _, warned, _), _ = trust_facts(context_of())
    assert (calm, until.startswith("as of")) == ("", True)
    assert warned == "2 warnings: kpi_nps"
    (_, _, until, tone), _, (_, _, warned, _), _ = trust_facts(context_of(stale, "quality.check_results"))
    assert (tone, until) == ("bad", "late: surveys.answers")
    assert warned == "2 warnings: kpi_nps and surveys.answers"


def test_response_bias_says_who_is_heard_more_by_the_marts_interval(
    context_of: Callable[..., Context],
) -> None:
    table = quality.build(context_of())["bias"]
    said = [[re.sub("<[^>]*>", "", str(getattr(one, "content", one))) for one in row] for row in table.rows]
    notes = {row[0]: row[-1] for row in said}
    assert notes == {
        "Later: left": "too few to be shown",
        "Segment: email": "heard less, beyond chance",
        "Segment: phone": "heard more, beyond chance",
    }
    gone = quality.build(context_of(lambda row: None, "marts.kpi_survey_nonresponse"))
    assert gone["bias"] is None


# Words --------------------------------------------------------------------------------

ROOT = Path(__file__).parents[2]
SCRIPT = {"ru": re.compile("[а-яё]", re.IGNORECASE), "lt": re.compile("[a-ząčęėįšųūž]", re.IGNORECASE)}


@pytest.mark.parametrize("language", ["ru", "lt"])
def test_every_metric_and_rule_is_defined_in_the_language(language: str) -> None:
    words = Words(language)
    with (ROOT / "seeds" / "reference" / "metrics.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) > 100
    for row in rows:
        for form in ("formula", "time_attribution", "owner"):
            said = words.registry(form, row[form])
            assert said != row[form], (row["metric"], form)
            assert SCRIPT[language].search(said), (row["metric"], form)
    assert words.registry("formula", "A formula of your own") == "A formula of your own"


@pytest.mark.parametrize("seed", ["metrics", "quality_rules"])
def test_a_row_of_a_registry_without_a_translation_fails_the_check(
    seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = catalogues.reference
    new = {**found(seed)[0], "name": "A name nobody translated"}
    monkeypatch.setattr(
        catalogues, "reference", lambda name: [*found(name), new] if name == seed else found(name)
    )
    wrong = catalogues.check()
    assert len([one for one in wrong if "A name nobody translated" in one]) == len(LANGUAGES)


@pytest.mark.parametrize("language", ["ru", "lt"])
def test_translations_keep_the_typography_of_the_language(language: str) -> None:
    faults = {
        "ru": r"\"|“|”|„|\d\.\d(?!\))| %|\d%(?!-)| [–-] | — |''",
        "lt": r"\"|«|»|”|\d\.\d(?!\))| %|\d%| - | – |''",
    }[language]
    allowed = re.compile(r"CES 2\.0|v0\.1|2\.2\.3")
    wrong = []
    for message in catalogue(language):
        strings = (message.string,) if isinstance(message.string, str) else message.string
        for text in strings if message.id else ():
            if re.search(faults, allowed.sub("", text)):
                wrong.append(text)
    assert wrong == []
