"""Figures of the subjects: NPS, churn, response times, satisfaction; each a list of mart rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from reports.figures.measures import COLUMNS, KEY, MART, months_before, total
from reports.release import Release, Row, Scalar

GRAINS = ("month", "quarter", "year", "all")


@dataclass(frozen=True)
class Period:
    """A period by the grain and first day that the marts use."""

    grain: str
    start: dt.date


def contains(grain: str, start: dt.date, month: dt.date) -> bool:
    """Whether the period has ended with, or contains, the month."""
    if grain == "month":
        return start == month
    if grain == "quarter":
        return start <= month
    if grain == "year":
        return start <= month
    return True


def best_period(rows: Sequence[Row], month: dt.date) -> Period | None:
    """The shortest period up to the month whose base is reliable; else the longest that may be shown at all.

    `rows` are totals of every grain. A leader gets the newest picture that is more than noise, and is told
    its period.
    """
    shown: Period | None = None
    for grain in GRAINS:
        found = [
            row
            for row in rows
            if row.text("period_grain") == grain
            and (start := row.date("period_start")) is not None
            and contains(grain, start, month)
            and row.text("publish_status") != "immature"
        ]
        if not found:
            continue
        latest = max(found, key=lambda row: row.date("period_start") or dt.date.min)
        period = Period(grain, latest.date("period_start") or month)
        if latest.text("publish_status") == "ok":
            return period
        if latest.text("publish_status") == "low_base":
            shown = period
    return shown


# NPS ----------------------------------------------------------------------------------

NPS_KEY = ("programme", "period_grain", "period_start", "dimension", "dimension_value")
NPS_COLUMNS = (
    "base",
    "publish_status",
    "promoters",
    "passives",
    "detractors",
    "nps",
    "ci_low",
    "ci_high",
)
GROUP_DIMENSIONS = (
    "segment",
    "channel",
    "region",
    "country",
    "touchpoint",
    "product",
    "plan",
    "persona",
    "language",
)


def nps_totals(release: Release, programme: str, month: dt.date, *, ahead: int = 0) -> list[Row]:
    """Monthly totals of a programme's NPS, oldest first, 24 months (and the partial one after)."""
    rows = release.rows("kpi_nps", NPS_COLUMNS, NPS_KEY, total(programme=programme, period_grain="month"))
    first, last = months_before(month, 23), months_before(month, -ahead)
    return [r for r in rows if (day := r.date("period_start")) is not None and first <= day <= last]


def nps_compositions(release: Release, programme: str, month: dt.date) -> list[tuple[dt.date, Row | None]]:
    """The totals of the month, the month before and a year before."""
    rows = release.rows("kpi_nps", NPS_COLUMNS, NPS_KEY, total(programme=programme, period_grain="month"))
    by_month = {row.date("period_start"): row for row in rows}
    return [(day, by_month.get(day)) for day in (month, months_before(month, 1), months_before(month, 12))]


def class_shares(release: Release, programme: str, month: dt.date) -> dict[str, Row]:
    """The published shares of promoters, passives and detractors of a month, by metric."""
    metrics = ("nps_promoter_share", "nps_passive_share", "nps_detractor_share")
    where = total(metric=metrics, programme=programme, period_grain="month", period_start=month)
    rows = release.rows(MART, COLUMNS, KEY, where)
    return {row.text("metric"): row for row in rows if row.number("value") is not None}


@dataclass(frozen=True)
class Breakdown:
    """The rows of one breakdown in one period, with the total they are compared with."""

    dimension: str
    period: Period
    rows: tuple[Row, ...]
    total: Row | None


def breakdown(
    release: Release,
    mart: str,
    columns: Sequence[str],
    key: Sequence[str],
    dimension: str,
    month: dt.date,
    **where: Scalar,
) -> Breakdown | None:
    """The rows of a breakdown in the shortest period in which two groups are large enough to compare.

    Without such a period, in the shortest whose total is reliable.
    """
    totals = release.rows(mart, columns, key, total(**where))
    fallback: Breakdown | None = None
    for grain in GRAINS:
        own = [row for row in totals if row.text("period_grain") == grain]
        period = best_period(own, month)
        if period is None:
            continue
        at = {"period_grain": period.grain, "period_start": period.start, **where}
        rows = release.rows(mart, columns, key, {"dimension": dimension, **at})
        if not rows:
            continue
        whole = next((row for row in own if row.date("period_start") == period.start), None)
        found = Breakdown(dimension, period, tuple(rows), whole)
        if len([row for row in rows if row.text("publish_status") == "ok"]) > 1:
            return found
        fallback = fallback or found
    return fallback


def nps_groups(release: Release, programme: str, month: dt.date) -> list[Breakdown]:
    """NPS by every breakdown that the release carries, each in its shortest reliable period."""
    found = (
        breakdown(release, "kpi_nps", NPS_COLUMNS, NPS_KEY, dimension, month, programme=programme)
        for dimension in GROUP_DIMENSIONS
    )
    return [one for one in found if one is not None and len(one.rows) > 1]


# Churn --------------------------------------------------------------------------------

REASON_KEY = ("reason", "period_grain", "period_start", "dimension", "dimension_value")
REASON_COLUMNS = (
    "reason_group",
    "base",
    "publish_status",
    "churned_customers",
    "share",
    "ci_low",
    "ci_high",
    "cumulative_share",
    "mrr_lost",
    "mrr_share",
    "rank",
    "is_avoidable",
)


@dataclass(frozen=True)
class Reasons:
    """Why customers left in one period, most frequent first."""

    period: Period
    rows: tuple[Row, ...]


def churn_reasons(release: Release, month: dt.date) -> Reasons | None:
    """The reasons of the shortest period with a reliable number of departures."""
    rows = release.rows("kpi_churn_reasons", REASON_COLUMNS, REASON_KEY, total())
    # A reason's own status may be low; the period is judged by its best row, whose base is all departures.
    order = {"ok": 0, "low_base": 1, "suppressed": 2, "not_estimable": 3, "immature": 4}
    heads: dict[tuple[str, dt.date | None], Row] = {}
    for row in rows:
        at = (row.text("period_grain"), row.date("period_start"))
        if at not in heads or order.get(row.text("publish_status"), 5) < order.get(
            heads[at].text("publish_status"), 5
        ):
            heads[at] = row
    period = best_period(list(heads.values()), month)
    if period is None:
        return None
    chosen = [
        row
        for row in rows
        if row.text("period_grain") == period.grain and row.date("period_start") == period.start
    ]
    chosen.sort(key=lambda row: (row.number("rank") or float("inf"), row.text("reason")))
    return Reasons(period, tuple(chosen))


def reason_labels(release: Release, language: str) -> dict[str, str]:
    """What the churn taxonomy calls each reason in a language."""
    rows = release.rows("dim_churn_reasons", (f"label_{language}",), ("reason",))
    return {row.text("reason"): row.text(f"label_{language}") for row in rows}


CHURN_KEY = ("period_grain", "period_start", "dimension", "dimension_value")
CHURN_COLUMNS = (
    "base",
    "publish_status",
    "opening_customers",
    "churned_customers",
    "logo_churn_rate",
    "ci_low",
    "ci_high",
    "churn_events",
    "intra_period_churn",
    "opening_mrr",
    "churned_mrr",
    "grr",
    "nrr",
)


def churn_totals(release: Release, month: dt.date, *, ahead: int = 0) -> list[Row]:
    """Monthly totals of customer loss, oldest first."""
    rows = release.rows("kpi_churn", CHURN_COLUMNS, CHURN_KEY, total(period_grain="month"))
    first, last = months_before(month, 23), months_before(month, -ahead)
    return [r for r in rows if (day := r.date("period_start")) is not None and first <= day <= last]


SURVIVAL_KEY = ("dimension", "dimension_value", "tenure_days")
SURVIVAL_COLUMNS = ("base", "publish_status", "at_risk", "churned", "survival", "ci_low", "ci_high")
MONTH_DAYS = 30
MOST_MONTHS = 36
MOST_CURVES = 4


@dataclass(frozen=True)
class Curve:
    """A survival curve read off at every thirtieth day while enough customers are at risk."""

    dimension: str
    value: str
    steps: tuple[tuple[int, Row], ...]
    median: Row | None


def survival_curves(release: Release, dimension: str = "total", at_risk: int = 10) -> list[Curve]:
    """The largest groups of a breakdown, cut where fewer than `at_risk` are left (METRICS §0.4)."""
    rows = release.rows("kpi_survival", SURVIVAL_COLUMNS, SURVIVAL_KEY, {"dimension": dimension})
    by_group: dict[str, list[Row]] = {}
    for row in rows:
        if row.number("survival") is not None and row.text("publish_status") != "suppressed":
            by_group.setdefault(row.text("dimension_value"), []).append(row)
    curves = []
    for value, found in by_group.items():
        found.sort(key=lambda row: row.number("tenure_days") or 0.0)
        kept = [row for row in found if (row.number("at_risk") or 0.0) >= at_risk]
        if not kept:
            continue
        steps = []
        last = kept[-1].count("tenure_days") or 0
        for month in range(1, MOST_MONTHS + 1):
            reached = [row for row in kept if (row.number("tenure_days") or 0.0) <= month * MONTH_DAYS]
            if reached and month * MONTH_DAYS <= last + MONTH_DAYS:
                steps.append((month, reached[-1]))
        median = next((row for row in kept if (row.number("survival") or 0.0) <= 0.5), None)
        if steps:
            curves.append(Curve(dimension, value, tuple(steps), median))
    curves.sort(key=lambda curve: (-(curve.steps[0][1].number("at_risk") or 0.0), curve.value))
    return curves[:MOST_CURVES]


COHORT_KEY = ("cohort_month", "months_since")
COHORT_COLUMNS = ("cohort_size", "retained", "retention", "publish_status")


def cohorts(release: Release, month: dt.date) -> list[tuple[dt.date, dict[int, Row]]]:
    """The last twelve start months with the cells that every member has reached."""
    rows = release.rows("kpi_retention_cohorts", COHORT_COLUMNS, COHORT_KEY)
    found: dict[dt.date, dict[int, Row]] = {}
    for row in rows:
        start, age = row.date("cohort_month"), row.count("months_since")
        if start is not None and age is not None and start <= month and age <= 12:
            found.setdefault(start, {})[age] = row
    return sorted(found.items())[-12:]


BRIDGE = (
    "opening_mrr",
    "new_mrr",
    "reactivation_mrr",
    "resume_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churn_mrr",
    "pause_mrr",
    "closing_mrr",
)


def mrr_bridge(release: Release, month: dt.date) -> list[Row]:
    """The months of the revenue bridge, oldest first, a year of them."""
    rows = [
        row
        for row in release.rows(
            "kpi_mrr_bridge", (*BRIDGE, "publish_status", "period_grain"), ("period_start",)
        )
        if row.text("period_grain") in ("", "month")
    ]
    first = months_before(month, 11)
    return [row for row in rows if (day := row.date("period_start")) is not None and first <= day <= month]


# Service ------------------------------------------------------------------------------

RESPONSE_KEY = ("wait", "clock", "period_grain", "period_start", "dimension", "dimension_value")
RESPONSE_COLUMNS = (
    "base",
    "publish_status",
    "tickets",
    "answered",
    "answered_share",
    "median_minutes",
    "median_ci_low",
    "median_ci_high",
    "p75_minutes",
    "p90_minutes",
    "mean_answered_minutes",
    "restricted_mean_minutes",
)


def response_times(
    release: Release, month: dt.date, *, wait: str = "first_reply", clock: str = "calendar", ahead: int = 0
) -> list[Row]:
    """Monthly totals of a wait, oldest first."""
    rows = release.rows(
        "kpi_response_times",
        RESPONSE_COLUMNS,
        RESPONSE_KEY,
        total(wait=wait, clock=clock, period_grain="month"),
    )
    first, last = months_before(month, 23), months_before(month, -ahead)
    return [r for r in rows if (day := r.date("period_start")) is not None and first <= day <= last]


def response_groups(release: Release, dimension: str, month: dt.date) -> Breakdown | None:
    """First replies by a breakdown, on the customer's clock."""
    return breakdown(
        release,
        "kpi_response_times",
        RESPONSE_COLUMNS,
        RESPONSE_KEY,
        dimension,
        month,
        wait="first_reply",
        clock="calendar",
    )


SLA_KEY = ("metric", "period_grain", "period_start", "dimension", "dimension_value")
SLA_COLUMNS = ("base", "publish_status", "met", "breached", "running", "attainment", "ci_low", "ci_high")


def sla(release: Release, month: dt.date) -> list[Row]:
    """Promises of the month by what was promised."""
    return release.rows("kpi_sla", SLA_COLUMNS, SLA_KEY, total(period_grain="month", period_start=month))


BACKLOG_KEY = ("date_day", "dimension", "dimension_value")
WEEKS = 13


AGE_CLASSES = (
    "open_below_1_day",
    "open_1_to_3_days",
    "open_3_to_7_days",
    "open_7_to_30_days",
    "open_30_days_and_more",
)


def backlog_classes(release: Release) -> list[str]:
    """The columns of the backlog that count its age classes, youngest first; none unless all are there."""
    return list(AGE_CLASSES) if set(AGE_CLASSES) <= release.columns("kpi_backlog") else []


def backlog(release: Release, month: dt.date) -> list[Row]:
    """The backlog at the last day of each of thirteen weeks up to the month's end, oldest first."""
    rows = release.rows(
        "kpi_backlog",
        (
            "open_tickets",
            "median_age_minutes",
            "p90_age_minutes",
            "base",
            "publish_status",
            *backlog_classes(release),
        ),
        BACKLOG_KEY,
        total(),
    )
    end = months_before(month, -1)
    days = [row for row in rows if (day := row.date("date_day")) is not None and day < end]
    return days[::-1][: WEEKS * 7 : 7][::-1]


# Satisfaction -------------------------------------------------------------------------

ATTRIBUTE_KEY = ("programme", "attribute", "period_grain", "period_start", "dimension", "dimension_value")
ATTRIBUTE_COLUMNS = (
    "base",
    "publish_status",
    "satisfaction",
    "ci_low",
    "ci_high",
    "importance_stated",
    "importance_derived",
    "gap",
    "quadrant",
)


@dataclass(frozen=True)
class Attributes:
    """What is asked about, in one period."""

    period: Period
    rows: tuple[Row, ...]


def attributes(release: Release, month: dt.date) -> Attributes | None:
    """Attributes of satisfaction in the shortest period where the best answered is reliable."""
    rows = release.rows("kpi_csi_attributes", ATTRIBUTE_COLUMNS, ATTRIBUTE_KEY, total())
    for programme in ("relational", "transactional", "study", ""):
        own = [row for row in rows if row.text("programme") == programme]
        heads: dict[tuple[str, dt.date | None], Row] = {}
        for row in own:
            at = (row.text("period_grain"), row.date("period_start"))
            if at not in heads or (row.number("base") or 0) > (heads[at].number("base") or 0):
                heads[at] = row
        period = best_period(list(heads.values()), month)
        if period is None:
            continue
        chosen = [
            row
            for row in own
            if row.text("period_grain") == period.grain and row.date("period_start") == period.start
        ]
        chosen.sort(key=lambda row: (-(row.number("importance_stated") or 0.0), row.text("attribute")))
        return Attributes(period, tuple(chosen))
    return None
