"""What the report says of the customer's way and of the closed loop: each branch with fabricated rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import report_fixture as fabricated

from reports.editions import edition_of
from reports.numbers import text_of
from reports.pages import journey
from reports.pages.drivers import theme_drivers
from reports.pages.loop import panel
from reports.pages.parts import Context
from reports.release import opened
from reports.render import make_context

Row = dict[str, Any]
Make = Callable[..., Context]
VALUES, LOOP, STAGES = "marts.kpi_metric_values", "marts.kpi_closed_loop", "marts.kpi_journey_stages"


@pytest.fixture
def context_of(tmp_path: Path) -> Iterator[Make]:
    """A page's context over the fabricated release, with the rows of a mart changed or left out."""
    with ExitStack() as opened_ones:

        def make(
            change: Callable[[Row], Row | None] | None = None, mart: str = VALUES, language: str = "en"
        ) -> Context:
            rows = fabricated.demo()
            if change is not None:
                rows = fabricated.with_values(rows, change, mart)
            path = fabricated.write(tmp_path / f"{uuid4()}.duckdb", rows)
            release = opened_ones.enter_context(opened(path))
            return make_context(release, language, edition_of(release))

        yield make


def only(metric: str, *, dimension: str = "total", **changed: Any) -> Callable[[Row], Row]:
    """A change of the rows of one measure and breakdown."""
    return lambda row: {**row, **changed} if (row["metric"], row["dimension"]) == (metric, dimension) else row


def absent(row: Row) -> None:
    """No row at all."""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "61% of the unhappy were called back in time (target 80%)"),
        ({"target": None}, "61% of the unhappy were called back in time (n = 46)"),
        ({"publish_status": "low_base"}, "61% of the unhappy were called back in time (n = 46)"),
        (
            {"publish_status": "suppressed", "value": None},
            "Too few cases were due to tell who is called back in time",
        ),
    ],
)
def test_the_loop_says_who_is_called_back_in_time(context_of: Make, changed: Row, said: str) -> None:
    assert text_of(panel(context_of(only("loop_on_time_rate", **changed))).title) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", "Вовремя перезвонили 61 % недовольных (цель 80 %)"),
        ("lt", "Laiku perskambinta 61 % nepatenkintųjų (tikslas 80 %)"),
    ],
)
def test_the_loop_speaks_each_language(context_of: Make, language: str, said: str) -> None:
    title = text_of(panel(context_of(language=language)).title)
    assert " ".join(title.split()) == said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Those called before came round more often, beyond chance: 55% against 30%."),
        (
            {"recovery_signal": "down"},
            "Those called before came round less often, beyond chance: 55% against 30%.",
        ),
        (
            {"recovery_signal": "none"},
            "Calls made no difference beyond chance: 55% of those called, 30% of the others.",
        ),
        ({"recovery_signal": None}, "Too few were asked again to compare those called with the others."),
    ],
)
def test_what_calls_did_is_said_by_the_test_of_the_mart(context_of: Make, changed: Row, said: str) -> None:
    recovery = panel(context_of(lambda row: {**row, **changed} if row["base"] == 48 else row, LOOP)).recovery
    assert recovery is not None
    assert text_of(recovery) == (
        "Asked again within 90 days, 50% of 24 detractors gave 7 or more (October 2026); "
        f"of all 48 that is 23% at least. {said}"
    )


def test_nobody_unhappy_is_no_case(context_of: Make) -> None:
    found = panel(context_of(absent, LOOP))
    assert text_of(found.title) == "No cases were opened for unhappy customers"
    assert (found.table, found.recovery) == (None, None)


def test_small_months_give_way_to_longer_periods(context_of: Make) -> None:
    """Where most months say nothing, the table shows quarters, if there are any."""

    def hidden(row: Row) -> Row:
        return {
            **row,
            "publish_status": "suppressed",
            "period_grain": "quarter" if row["base"] == 12 else "month",
        }

    def shown(row: Row) -> Row:
        return {**hidden(row), "publish_status": "ok" if row["base"] == 12 else "suppressed"}

    for change, cases in ((hidden, "48"), (shown, "12")):
        table = panel(context_of(change, LOOP)).table
        assert table is not None
        assert [str(row[1]) for row in table.rows] == [cases]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "The way loses most before the stage “Using the product”: 50% go on to it"),
        ({"publish_status": "low_base"}, "Too few customers to tell where the way loses them"),
    ],
)
def test_the_way_says_where_it_loses_most(context_of: Make, changed: Row, said: str) -> None:
    figure = journey.goes_on(context_of(only("funnel_step_rate", dimension="stage", **changed)))
    assert figure is not None
    assert text_of(figure.title) == said
    assert figure.drawing is not None
    assert figure.table is not None
    assert [str(row[2]) for row in figure.table.rows] == ["500", "310"]


def test_without_steps_there_is_no_figure(context_of: Make) -> None:
    context = context_of(lambda row: None if row["metric"] == "funnel_step_rate" else row)
    assert journey.goes_on(context) is None


def test_stages_by_channel_are_judged_by_the_test_of_the_mart(context_of: Make) -> None:
    grid = journey.channels_grid(context_of())
    assert grid is not None
    assert (
        text_of(grid.title)
        == "Weakest, beyond chance: Getting help, E-mail – 58.0, −22.0 pts from the whole way"
    )
    assert grid.groups == ("All", "Chat", "E-mail", "Phone")
    # In the order of the way; a channel where nobody was asked is empty, one where few were is hatched.
    assert [(name, [cell.tone for cell in cells]) for name, cells in grid.rows] == [
        ("Getting started", ["c4", "", "c4", "c4"]),
        ("Getting help", ["c3", "few", "c1", "c4"]),
    ]
    calm = journey.channels_grid(context_of(lambda row: {**row, "is_weakest": False}, STAGES))
    assert calm is not None
    assert text_of(calm.title) == "No stage stands below the others in any channel, beyond chance"
    assert (
        journey.channels_grid(context_of(lambda row: {**row, "publish_status": "low_base"}, STAGES)) is None
    )


def test_issues_say_how_many_contacts_they_take(context_of: Make) -> None:
    said = journey.issues_words(context_of())
    assert said is not None
    assert text_of(said) == (
        "10.0% of 240 issues went through more than one channel (October 2026); contacts per issue: 1.44."
    )
    assert journey.issues_words(context_of(absent, "marts.kpi_contact_issues")) is None
    groups = journey.switches(context_of())
    assert groups is not None
    assert [row.label for row in groups.rows] == ["invoices", "errors", "prices"]


THEMES = "marts.kpi_comment_themes"


@pytest.mark.parametrize(
    ("language", "changed", "said"),
    [
        ("en", {}, "Costs most: Waiting and replies, −6.0 pts"),
        ("en", {"nps_impact_signal": "none"}, "No theme moves the NPS beyond chance"),
        ("en", {"nps_impact": 6.0, "nps_impact_signal": "up"}, "Adds most: Waiting and replies, +6.0 pts"),
        ("ru", {}, "Больше всего отнимает: Ожидание и ответы, −6,0 п."),
        ("lt", {}, "Daugiausia atima: Laukimas ir atsakymai, −6,0 p."),
    ],
)
def test_what_moves_the_nps_is_told_by_the_test_of_the_mart(
    context_of: Make, language: str, changed: Row, said: str
) -> None:
    def change(row: Row) -> Row:
        return {**row, **changed} if (row["source"], row["theme"]) == ("survey", "waiting") else row

    found = theme_drivers(context_of(change, THEMES, language))
    assert found is not None
    assert " ".join(text_of(found.title).split()) == said
    assert [row.label for row in found.rows][-1] == "own theme", "the largest effect stands first"
    assert [row.weak for row in found.rows] == [False, False, True]


def test_one_theme_that_can_be_judged_says_nothing_of_what_weighs_most(context_of: Make) -> None:
    hidden = {"nps_impact_signal": None}
    context = context_of(lambda row: {**row, **hidden} if row["theme"] == "price" else row, THEMES)
    assert theme_drivers(context) is None
