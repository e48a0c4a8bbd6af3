"""Headline measures: the rows of kpi_metric_values, the programme that speaks, the month reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from reports.registry import METRICS
from reports.release import Release, Row, Scalar

MART = "kpi_metric_values"
KEY = ("metric", "programme", "period_grain", "period_start", "dimension", "dimension_value")
COLUMNS = (
    "value",
    "unit",
    "base",
    "publish_status",
    "numerator",
    "denominator",
    "ci_low",
    "ci_high",
    "previous_value",
    "change",
    "change_ci_low",
    "change_ci_high",
    "p_value",
    "p_adjusted",
    "signal",
    "target",
    "as_of",
)
GRAINS = ("month", "quarter", "year", "all")
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
# The programmes a headline may come from, in the order of CLARIFICATIONS D19; exit surveys never.
RELATIONAL_FIRST = ("relational", "transactional", "study", "none")
TRANSACTIONAL_FIRST = ("transactional", "relational", "study", "none")


class State(StrEnum):
    """What can be said of a measure in the month reported."""

    ROSE = "rose"
    FELL = "fell"
    FLAT = "flat"
    UNTESTED = "untested"
    NO_PREVIOUS = "no_previous"
    ONE_PERIOD = "one_period"
    LOW_BASE = "low_base"
    SUPPRESSED = "suppressed"
    NOT_ESTIMABLE = "not_estimable"
    IMMATURE = "immature"
    NO_DATA = "no_data"


class Target(StrEnum):
    """How a value stands to its target."""

    MET = "met"
    MISSED = "missed"
    NONE = "none"


class Tone(StrEnum):
    """Whether a change is welcome."""

    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"


def months_before(day: dt.date, months: int) -> dt.date:
    """The first day of the month that lies so many months before."""
    index = day.year * 12 + day.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True)
class Edition:
    """What a report is of: a month or a quarter, of everyone or of one segment."""

    start: dt.date
    grain: str = "month"
    segment: str | None = None
    is_latest: bool = True

    def back(self, periods: int, start: dt.date | None = None) -> dt.date:
        """The first day of the period that lies so many periods before this one (or before `start`)."""
        return months_before(start or self.start, periods * MONTHS_OF[self.grain])

    @property
    def end(self) -> dt.date:
        """The first day after it."""
        return self.back(-1)

    @property
    def trend(self) -> int:
        """How many periods a trend shows: two years of months, three of quarters."""
        return 24 if self.grain == "month" else 12

    @property
    def card(self) -> int:
        """How many periods a card's line shows, the same period of the year before among them."""
        return 13 if self.grain == "month" else 9

    def whole(self, **more: Scalar | Sequence[Scalar]) -> dict[str, Scalar | Sequence[Scalar]]:
        """The filter of everyone the edition is about, and more."""
        if self.segment is None:
            return {"dimension": "total", "dimension_value": "total", **more}
        return {"dimension": "segment", "dimension_value": self.segment, **more}

    def own(self, **more: Scalar | Sequence[Scalar]) -> dict[str, Scalar | Sequence[Scalar]]:
        """The filter of everyone the edition is about, in periods of its length."""
        return self.whole(period_grain=self.grain, **more)

    def spans(self, grain: str, start: dt.date) -> bool:
        """Whether a period may stand for the edition: as long or longer, over by its end.

        The period of all months holds later ones too, so only the latest edition may use it.
        """
        if grain == "all":
            return self.is_latest
        if GRAINS.index(grain) < GRAINS.index(self.grain):
            return False
        if grain == self.grain:
            return start == self.start
        return months_before(start, -MONTHS_OF[grain]) <= self.end

    def recent(self, rows: Iterable[Row], *, periods: int | None = None, ahead: int = 0) -> list[Row]:
        """The rows of the last periods up to the one reported (and `ahead` after it), in their order."""
        first, last = self.back((periods or self.trend) - 1), self.back(-ahead)
        return [r for r in rows if (day := r.date("period_start")) is not None and first <= day <= last]


@dataclass(frozen=True)
class Measure:
    """A metric of one programme over its periods up to the one reported, oldest first."""

    metric: str
    programme: str
    edition: Edition
    rows: tuple[Row, ...]

    @cached_property
    def current(self) -> Row | None:
        """The row of the period reported; of a metric that matures later, its latest mature period.

        A period whose window is still open for most of its cases rests on the few that are through: the
        latest with a reliable base speaks before it, if it is of the last three.
        """
        if METRICS[self.metric].matures_later:
            mature = [row for row in self.rows if row.text("publish_status") != "immature"]
            reliable = [row for row in mature[-3:] if row.text("publish_status") == "ok"]
            last = reliable or mature or list(self.rows)
            return last[-1] if last else None
        return next((row for row in self.rows if row.date("period_start") == self.edition.start), None)

    @property
    def period(self) -> dt.date:
        """The period that the current row is of."""
        found = None if self.current is None else self.current.date("period_start")
        return found or self.edition.start

    @property
    def previous_period(self) -> dt.date:
        """The period before it."""
        return self.edition.back(1, self.period)

    @property
    def last_known(self) -> Row | None:
        """The latest row that has a value."""
        return next((row for row in reversed(self.rows) if row.number("value") is not None), None)

    @cached_property
    def state(self) -> State:
        """The branch of every sentence about this measure."""
        row = self.current
        if row is None:
            return State.NO_DATA
        match row.text("publish_status"):
            case "suppressed":
                return State.SUPPRESSED
            case "not_estimable":
                return State.NOT_ESTIMABLE
        if row.number("value") is None:
            return State.NO_DATA
        match row.text("publish_status"):
            case "immature":
                return State.IMMATURE
            case "low_base":
                return State.LOW_BASE
        if row.number("change") is None or row.number("previous_value") is None:
            earlier = any(other is not row and other.number("value") is not None for other in self.rows)
            return State.NO_PREVIOUS if earlier else State.ONE_PERIOD
        match row.text("signal"):
            case "up":
                return State.ROSE
            case "down":
                return State.FELL
            case "none":
                return State.FLAT
        return State.UNTESTED

    @property
    def has_target(self) -> bool:
        """Whether there is a target for a period of this length: targets are set for months."""
        row = self.current
        if row is None or row.number("target") is None:
            return False
        return self.edition.grain == "month" or not METRICS[self.metric].grows

    @property
    def target(self) -> Target:
        """Whether the target is met; none for a base too small to judge."""
        row = self.current
        if row is None or not self.has_target or row.text("publish_status") != "ok":
            return Target.NONE
        value, target = row.number("value"), row.number("target")
        direction = METRICS[self.metric].direction
        if value is None or target is None or direction == "none":
            return Target.NONE
        met = value >= target if direction == "up" else value <= target
        return Target.MET if met else Target.MISSED

    @property
    def is_target_sure(self) -> bool:
        """Whether the whole interval lies on the value's side of the target."""
        row = self.current
        target = None if row is None else row.number("target")
        low, high = (None, None) if row is None else (row.number("ci_low"), row.number("ci_high"))
        return target is None or low is None or high is None or not low < target < high

    @property
    def tone(self) -> Tone:
        """Whether the change is welcome: only a change beyond chance has a tone."""
        direction = METRICS[self.metric].direction
        if self.state not in (State.ROSE, State.FELL) or direction == "none":
            return Tone.NEUTRAL
        return Tone.GOOD if (self.state is State.ROSE) == (direction == "up") else Tone.BAD

    @property
    def rank(self) -> tuple[int, float]:
        """The order of key messages, greatest first; used for the order only and never printed.

        Beyond chance before the rest; then by the size of the change against the width of its interval, and
        by the distance of a missed target.
        """
        row = self.current
        if row is None or self.state not in (State.ROSE, State.FELL, State.FLAT, State.UNTESTED):
            return (0, 0.0)
        change = abs(row.number("change") or 0.0)
        low, high = row.number("change_ci_low"), row.number("change_ci_high")
        width = (high - low) if low is not None and high is not None and high > low else 0.0
        effect = change / width if width else 0.0
        missed = 0.0
        target, value = row.number("target"), row.number("value")
        if self.target is Target.MISSED and target is not None and value is not None:
            missed = min(abs(value - target) / (abs(target) or 1.0), 1.0)
        return (2 if self.state in (State.ROSE, State.FELL) else 1, effect + missed)


def reporting_month(release: Release) -> dt.date | None:
    """The latest complete month with data: METRICS §0.2.6 by the marts' own status.

    A month is complete when it lies before the latest data and none of its totals is called immature;
    metrics whose outcome window ends after the month are not asked.
    """
    asked = [code for code, metric in METRICS.items() if not metric.matures_later]
    rows = release.rows(MART, ("publish_status", "as_of"), KEY, Edition(dt.date.min).own(metric=asked))
    by_month: dict[dt.date, list[Row]] = {}
    for row in rows:
        month = row.date("period_start")
        if month is not None:
            by_month.setdefault(month, []).append(row)
    complete = [month for month, found in by_month.items() if all(is_over(month, row) for row in found)]
    return max(complete or by_month, default=None)


def is_over(month: dt.date, row: Row) -> bool:
    """Whether a row's month had ended by its as_of.

    The release does not name the reporting zone, so an as_of up to 14 hours before midnight UTC may be the
    month's end somewhere; the row's own status decides within those hours.
    """
    if row.text("publish_status") == "immature":
        return False
    as_of = row.values.get("as_of")
    if not isinstance(as_of, dt.datetime):
        return True
    end = dt.datetime.combine(months_before(month, -1), dt.time())
    return as_of + dt.timedelta(hours=14) >= end


def series(
    release: Release,
    metric: str,
    programme: str,
    edition: Edition,
    *,
    periods: int | None = None,
    with_partial: bool = False,
) -> tuple[Row, ...]:
    """The totals of a metric, oldest first, to the period reported (or the partial one after it)."""
    rows = release.rows(MART, COLUMNS, KEY, edition.own(metric=metric, programme=programme))
    return tuple(edition.recent(rows, periods=periods, ahead=int(with_partial)))


def choose(release: Release, metrics: Sequence[str], programmes: Iterable[str], edition: Edition) -> Measure:
    """The measure that speaks for a card: the first programme with data (D19), its most answered metric."""
    empty = Measure(metrics[0], "none", edition, ())
    for programme in programmes:
        found = [
            Measure(metric, programme, edition, rows)
            for metric in metrics
            if (rows := series(release, metric, programme, edition))
        ]
        if found:
            # The first of equals: max keeps it.
            return max(found, key=lambda one: one.rows[-1].number("base") or 0.0)
    return empty


@dataclass(frozen=True)
class CardSpec:
    """A card of the summary: which metrics may fill it, and whether it stays when the release has none."""

    id: str
    metrics: tuple[str, ...]
    programmes: tuple[str, ...]
    always: bool = True


ANY = ("none", *RELATIONAL_FIRST[:3])
CARDS = (
    CardSpec("nps", ("nps_rel", "nps_txn"), RELATIONAL_FIRST),
    CardSpec("csi", ("csi",), RELATIONAL_FIRST),
    CardSpec("csat", ("csat_t2b",), TRANSACTIONAL_FIRST),
    CardSpec("ces", ("ces_5", "ces2_pct"), TRANSACTIONAL_FIRST),
    CardSpec("churn", ("logo_churn_rate",), ANY),
    CardSpec("nrr", ("nrr",), ANY),
    CardSpec("frt-median", ("frt_human_median",), ANY),
    CardSpec("frt-p90", ("frt_human_p90",), ANY),
    CardSpec("clv", ("clv_survival",), ANY, always=False),
    CardSpec("grr", ("grr",), ANY, always=False),
    CardSpec("sla", ("sla_attainment",), ANY, always=False),
    CardSpec("fcr", ("fcr",), ANY, always=False),
    CardSpec("reopen", ("reopen_rate",), ANY, always=False),
)


def headline_measures(release: Release, edition: Edition) -> list[tuple[CardSpec, Measure]]:
    """The measures of the summary's cards, in their order."""
    found = [(spec, choose(release, spec.metrics, spec.programmes, edition)) for spec in CARDS]
    return [(spec, measure) for spec, measure in found if spec.always or measure.last_known]
