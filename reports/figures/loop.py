"""The closed loop: whether the unhappy are called back, in time, and come round."""

from __future__ import annotations

from dataclasses import dataclass

from reports.figures.measures import COLUMNS, GRAINS, KEY, MART, RELATIONAL_FIRST, Edition
from reports.figures.subjects import Period, best_period, is_of
from reports.release import Release, Row

LOOP = "kpi_closed_loop"
LOOP_KEY = ("programme", "period_grain", "period_start", "dimension", "dimension_value")
LOOP_COLUMNS = (
    "base",
    "publish_status",
    "recovery_signal",
    "on_time_rate",
    "contact_rate",
    "resolution_rate",
    "recovery_rate",
    "recovery_of_all_rate",
    "contacted_recovery_rate",
    "uncontacted_recovery_rate",
    "detractors",
    "asked_again",
    "recovered",
)
ON_TIME = "loop_on_time_rate"
PERIODS = 6


@dataclass(frozen=True)
class Loop:
    """What the loop of one programme says: who was called in time, the last periods, and who came round."""

    programme: str
    on_time: Row | None
    period: Period | None
    periods: tuple[Row, ...]
    recovery: Row | None


def loop(release: Release, edition: Edition) -> Loop | None:
    """The loop of the first programme that has cases; none where nobody was unhappy, or no mart says so."""
    for programme in RELATIONAL_FIRST:
        rows = [
            row
            for row in release.rows(LOOP, LOOP_COLUMNS, LOOP_KEY, edition.whole(programme=programme))
            if (start := row.date("period_start")) is not None and start < edition.end
        ]
        if not rows:
            continue
        values = release.rows(MART, COLUMNS, KEY, edition.whole(metric=ON_TIME, programme=programme))
        period = best_period(values, edition)
        on_time = next((row for row in values if period is not None and is_of(row, period)), None)
        return Loop(programme, on_time, period, last_periods(rows, edition), come_round(rows, edition))
    return None


def last_periods(rows: list[Row], edition: Edition) -> tuple[Row, ...]:
    """The last periods, newest first: as long as the edition's, or longer where most of those say nothing."""
    first: tuple[Row, ...] = ()
    for grain in GRAINS[GRAINS.index(edition.grain) : -1]:
        own = [row for row in rows if row.text("period_grain") == grain]
        own.sort(key=lambda row: row.text("period_start"), reverse=True)
        last = tuple(own[:PERIODS])
        if len([row for row in last if row.text("publish_status") != "suppressed"]) * 2 > len(last):
            return last
        first = first or last
    return first


def come_round(rows: list[Row], edition: Edition) -> Row | None:
    """Who came round: in the shortest period that compares who was called, else in the longest."""
    known = [
        row
        for row in rows
        if row.number("recovery_rate") is not None
        and (start := row.date("period_start")) is not None
        and edition.spans(row.text("period_grain"), start)
    ]
    if not known:
        return None
    compared = [row for row in known if row.text("recovery_signal")]
    return min(compared or known, key=lambda row: (length(row, is_short_first=bool(compared)), newest(row)))


def length(row: Row, *, is_short_first: bool) -> int:
    """A place by the length of the row's period."""
    place = GRAINS.index(row.text("period_grain"))
    return place if is_short_first else -place


def newest(row: Row) -> int:
    """A place by the row's period, the latest first."""
    start = row.date("period_start")
    return 0 if start is None else -start.toordinal()
