"""The customer's way: who goes on from stage to stage, what is said of stages by channel, who changes it."""

from __future__ import annotations

from dataclasses import dataclass

from reports.figures.measures import COLUMNS, GRAINS, KEY, MART, Edition
from reports.figures.subjects import Period, best_period, is_of
from reports.registry import VOCABULARY
from reports.release import Release, Row

STEP_RATE = "funnel_step_rate"
STAGES = "kpi_journey_stages"
STAGE_KEY = ("metric", "period_grain", "period_start", "stage", "channel")
STAGE_COLUMNS = (
    "base",
    "publish_status",
    "stage_order",
    "score",
    "ci_low",
    "ci_high",
    "stage_gap",
    "p_adjusted",
    "is_weakest",
)
# What is asked after an interaction, in the order in which it speaks for the way.
ASKED = ("csat", "ces2", "ces5", "ces1", "nps")
ISSUES = "kpi_contact_issues"
ISSUE_KEY = ("period_grain", "period_start", "dimension", "dimension_value")


@dataclass(frozen=True)
class Steps:
    """The steps of the way in one period, in order, and those who walked all of it."""

    period: Period
    rows: tuple[Row, ...]
    whole: Row


def steps(release: Release, edition: Edition) -> Steps | None:
    """Who went on, in the shortest reliable period; the marts walk no segments."""
    if edition.segment is not None:
        return None
    totals = release.rows(MART, COLUMNS, KEY, edition.whole(metric=STEP_RATE))
    period = best_period(totals, edition)
    if period is None:
        return None
    where = {"metric": STEP_RATE, "dimension": "stage"}
    rows = [row for row in release.rows(MART, COLUMNS, KEY, where) if is_of(row, period)]
    place = {stage: index for index, stage in enumerate(VOCABULARY["stage"])}
    # A base can only shrink along the way, and so says the order of stages that no list knows.
    rows.sort(
        key=lambda row: (-(row.number("base") or 0.0), place.get(row.text("dimension_value"), len(place)))
    )
    whole = next(row for row in totals if is_of(row, period))
    return Steps(period, tuple(rows), whole)


@dataclass(frozen=True)
class StageGrid:
    """Stages by channels: the scores of one question in one period."""

    metric: str
    period: Period
    stages: tuple[str, ...]
    channels: tuple[str, ...]
    cells: dict[tuple[str, str], Row]


def stage_grid(release: Release, edition: Edition) -> StageGrid | None:
    """Stages by channels for the first question that two cells can be compared by."""
    if edition.segment is not None:
        return None
    for metric in ASKED:
        rows = release.rows(STAGES, STAGE_COLUMNS, STAGE_KEY, {"metric": metric})
        for grain in GRAINS:
            totals = [
                row for row in rows if row.text("stage") == "total" and row.text("period_grain") == grain
            ]
            period = best_period(totals, edition)
            if period is not None and (found := grid_of(metric, period, rows)) is not None:
                return found
    return None


def grid_of(metric: str, period: Period, rows: list[Row]) -> StageGrid | None:
    """The grid of one period; none unless two of its cells are large enough to compare."""
    own = [row for row in rows if is_of(row, period) and row.text("stage") != "total"]
    cells = {(row.text("stage"), row.text("channel")): row for row in own}
    judged = [key for key, row in cells.items() if key[1] != "total" and row.text("publish_status") == "ok"]
    if len(judged) < 2:
        return None
    ordered = sorted(own, key=lambda row: (row.number("stage_order") or 99.0, row.text("stage")))
    stages = tuple(dict.fromkeys(row.text("stage") for row in ordered))
    return StageGrid(metric, period, stages, ("total", *sorted({one for _, one in cells} - {"total"})), cells)


def issues(release: Release, edition: Edition) -> tuple[Period, Row] | None:
    """How many contacts an issue takes, in the shortest reliable period."""
    columns = ("base", "publish_status", "contacts_per_issue", "channel_switch_rate", "switched")
    rows = release.rows(ISSUES, columns, ISSUE_KEY, edition.whole())
    period = best_period(rows, edition)
    return None if period is None else (period, next(row for row in rows if is_of(row, period)))
