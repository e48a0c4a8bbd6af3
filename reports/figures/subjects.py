"""Figures of the subjects: NPS, churn, response times, satisfaction; each a list of mart rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from reports.figures.measures import COLUMNS, GRAINS, KEY, MART, Edition, months_before
from reports.release import Release, Row, Scalar


@dataclass(frozen=True)
class Period:
    """A period by the grain and first day that the marts use."""

    grain: str
    start: dt.date


def best_period(rows: Sequence[Row], edition: Edition) -> Period | None:
    """The shortest period up to the edition's with a reliable base; else the longest that may be shown.

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
            and edition.spans(grain, start)
            and row.text("publish_status") != "immature"
        ]
        if not found:
            continue
        latest = max(found, key=lambda row: row.date("period_start") or dt.date.min)
        period = Period(grain, latest.date("period_start") or edition.start)
        if latest.text("publish_status") == "ok":
            return period
        if latest.text("publish_status") == "low_base":
            shown = period
    return shown


def is_of(row: Row, period: Period) -> bool:
    """Whether a row is of the period."""
    return row.text("period_grain") == period.grain and row.date("period_start") == period.start


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


def nps_compositions(release: Release, programme: str, edition: Edition) -> list[tuple[dt.date, Row | None]]:
    """The totals of the period, the one before and a year before."""
    rows = release.rows("kpi_nps", NPS_COLUMNS, NPS_KEY, edition.own(programme=programme))
    by_start = {row.date("period_start"): row for row in rows}
    days = (edition.start, edition.back(1), months_before(edition.start, 12))
    return [(day, by_start.get(day)) for day in days]


def class_shares(release: Release, programme: str, edition: Edition, start: dt.date) -> dict[str, Row]:
    """The published shares of promoters, passives and detractors of a period, by metric."""
    metrics = ("nps_promoter_share", "nps_passive_share", "nps_detractor_share")
    where = edition.own(metric=metrics, programme=programme, period_start=start)
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
    edition: Edition,
    **where: Scalar,
) -> Breakdown | None:
    """The rows of a breakdown in the shortest period in which two groups are large enough to compare.

    Without such a period, in the shortest whose total is reliable. The marts cross no two breakdowns, so the
    edition of a segment has none.
    """
    if edition.segment is not None:
        return None
    totals = release.rows(mart, columns, key, edition.whole(**where))
    fallback: Breakdown | None = None
    for grain in GRAINS:
        own = [row for row in totals if row.text("period_grain") == grain]
        period = best_period(own, edition)
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


def nps_groups(release: Release, programme: str, edition: Edition) -> list[Breakdown]:
    """NPS by every breakdown that the release carries, each in its shortest reliable period."""
    found = (
        breakdown(release, "kpi_nps", NPS_COLUMNS, NPS_KEY, dimension, edition, programme=programme)
        for dimension in GROUP_DIMENSIONS
    )
    return [one for one in found if one is not None and len(one.rows) > 1]


MIX_KEY = ("metric", "programme", "period_grain", "period_start", "dimension")
MIX_COLUMNS = (
    "base",
    "publish_status",
    "parts",
    "value",
    "previous_value",
    "change",
    "rate_effect",
    "mix_effect",
    "interaction_effect",
)


def mix_effects(release: Release, metric: str, programme: str, edition: Edition) -> list[Row]:
    """What shifted shares did to a total since the period before, by breakdown; of everyone only."""
    if edition.segment is not None:
        return []
    where: dict[str, Scalar] = {
        "metric": metric,
        "programme": programme,
        "period_grain": edition.grain,
        "period_start": edition.start,
    }
    rows = release.rows("kpi_mix_effects", MIX_COLUMNS, MIX_KEY, where)
    return [row for row in rows if row.number("mix_effect") is not None]


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


def churn_reasons(release: Release, edition: Edition) -> Reasons | None:
    """The reasons of the shortest period with a reliable number of departures."""
    rows = release.rows("kpi_churn_reasons", REASON_COLUMNS, REASON_KEY, edition.whole())
    # A reason's own status may be low; the period is judged by its best row, whose base is all departures.
    order = {"ok": 0, "low_base": 1, "suppressed": 2, "not_estimable": 3, "immature": 4}
    heads: dict[tuple[str, dt.date | None], Row] = {}
    for row in rows:
        at = (row.text("period_grain"), row.date("period_start"))
        if at not in heads or order.get(row.text("publish_status"), 5) < order.get(
            heads[at].text("publish_status"), 5
        ):
            heads[at] = row
    period = best_period(list(heads.values()), edition)
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


def churn_total(release: Release, edition: Edition) -> Row | None:
    """Customer loss in the period."""
    rows = release.rows("kpi_churn", CHURN_COLUMNS, CHURN_KEY, edition.own(period_start=edition.start))
    return rows[0] if rows else None


def churn_losses(release: Release, edition: Edition) -> Row | None:
    """What left with the customers lost in the period, beside their revenue."""
    rows = release.rows(
        "kpi_churn_losses",
        ("asked_customers", "prior_detractors", "unvalued_customers", "value_lost"),
        CHURN_KEY,
        edition.own(period_start=edition.start),
    )
    return rows[0] if rows else None


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


def survival_curves(
    release: Release, dimension: str = "total", value: str | None = None, at_risk: int = 10
) -> list[Curve]:
    """The largest groups of a breakdown, or one, cut where fewer than `at_risk` are left (METRICS §0.4)."""
    where: dict[str, Scalar] = {"dimension": dimension}
    if value is not None:
        where["dimension_value"] = value
    rows = release.rows("kpi_survival", SURVIVAL_COLUMNS, SURVIVAL_KEY, where)
    by_group: dict[str, list[Row]] = {}
    for row in rows:
        if row.number("survival") is not None and row.text("publish_status") != "suppressed":
            by_group.setdefault(row.text("dimension_value"), []).append(row)
    curves = []
    for group, found in by_group.items():
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
            curves.append(Curve(dimension, group, tuple(steps), median))
    curves.sort(key=lambda curve: (-(curve.steps[0][1].number("at_risk") or 0.0), curve.value))
    return curves[:MOST_CURVES]


COHORT_KEY = ("cohort_month", "months_since")
COHORT_COLUMNS = ("cohort_size", "retained", "retention", "publish_status")


def cohorts(release: Release, edition: Edition) -> list[tuple[dt.date, dict[int, Row]]]:
    """The last twelve start months with the cells that every member has reached; of everyone only."""
    if edition.segment is not None:
        return []
    rows = release.rows("kpi_retention_cohorts", COHORT_COLUMNS, COHORT_KEY)
    found: dict[dt.date, dict[int, Row]] = {}
    for row in rows:
        start, age = row.date("cohort_month"), row.count("months_since")
        if start is not None and age is not None and start < edition.end and age <= 12:
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


def mrr_bridge(release: Release, edition: Edition) -> list[Row]:
    """The periods of the revenue bridge, oldest first, a year of them; of everyone only."""
    if edition.segment is not None:
        return []
    rows = [
        row
        for row in release.rows(
            "kpi_mrr_bridge", (*BRIDGE, "publish_status", "period_grain"), ("period_grain", "period_start")
        )
        if (row.text("period_grain") or "month") == edition.grain
    ]
    return edition.recent(rows, periods=12)


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
    release: Release, edition: Edition, *, wait: str = "first_reply", clock: str = "calendar"
) -> list[Row]:
    """Totals of a wait, oldest first."""
    where = edition.own(wait=wait, clock=clock)
    return edition.recent(release.rows("kpi_response_times", RESPONSE_COLUMNS, RESPONSE_KEY, where))


def headline_clock(release: Release, edition: Edition) -> str:
    """The clock of the headline measures: working time where any schedule was accepted."""
    rows = response_times(release, edition, clock="business")
    return "business" if any(row.number("median_minutes") is not None for row in rows) else "calendar"


def response_groups(release: Release, dimension: str, edition: Edition, clock: str) -> Breakdown | None:
    """First replies by a breakdown."""
    return breakdown(
        release,
        "kpi_response_times",
        RESPONSE_COLUMNS,
        RESPONSE_KEY,
        dimension,
        edition,
        wait="first_reply",
        clock=clock,
    )


STAFF_KEY = ("metric", "period_grain", "period_start", "dimension", "dimension_value")
STAFF_COLUMNS = (
    "status",
    "publish_status",
    "base",
    "rate",
    "company_rate",
    "standardised_rate",
    "shrunk_rate",
    "shrunk_ci_low",
    "shrunk_ci_high",
    "funnel_low_998",
    "funnel_high_998",
)


def staff(release: Release, metric: str, dimension: str, edition: Edition) -> list[Row]:
    """Teams or offices with the limits of chance, by name, in the latest mature quarter; never employees."""
    rows = [
        row
        for row in release.rows(
            "kpi_staff", STAFF_COLUMNS, STAFF_KEY, {"metric": metric, "dimension": dimension}
        )
        if row.text("publish_status") != "immature"
        and (start := row.date("period_start")) is not None
        and edition.spans(row.text("period_grain"), start)
    ]
    latest = max((row.text("period_start") for row in rows), default="")
    return [row for row in rows if row.text("period_start") == latest]


SLA_KEY = ("metric", "period_grain", "period_start", "dimension", "dimension_value")
SLA_COLUMNS = ("base", "publish_status", "met", "breached", "running", "attainment", "ci_low", "ci_high")


def sla(release: Release, edition: Edition) -> list[Row]:
    """Promises of the period by what was promised, all of them first."""
    rows = release.rows("kpi_sla", SLA_COLUMNS, SLA_KEY, edition.own(period_start=edition.start))
    return sorted(rows, key=lambda row: row.text("metric") not in ("all", "total"))


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


def backlog(release: Release, edition: Edition) -> list[Row]:
    """The backlog at the last day of each of thirteen weeks up to the period's end, oldest first."""
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
        edition.whole(),
    )
    days = [row for row in rows if (day := row.date("date_day")) is not None and day < edition.end]
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
    "importance_ci_low",
    "importance_ci_high",
    "importance_derived",
    "gap",
    "satisfaction_cut",
    "importance_cut",
    "quadrant",
)
DECIDED = frozenset({"concentrate", "keep", "low_priority", "possible_overkill"})


@dataclass(frozen=True)
class Attributes:
    """What is asked about, in one period."""

    period: Period
    rows: tuple[Row, ...]


def attributes(release: Release, edition: Edition) -> Attributes | None:
    """Attributes of satisfaction in the reliable period that places most of them in a quadrant.

    Importance moves slowly and a month rarely has the answers to tell which side of a line an attribute is
    on. Of periods that place as many, the shortest is taken.
    """
    rows = release.rows("kpi_csi_attributes", ATTRIBUTE_COLUMNS, ATTRIBUTE_KEY, edition.whole())
    for programme in ("relational", "transactional", "study", ""):
        own = [row for row in rows if row.text("programme") == programme]
        best: Attributes | None = None
        most = -1
        for shortest in range(len(GRAINS)):
            longer = [row for row in own if row.text("period_grain") in GRAINS[shortest:]]
            period = best_period(most_answered(longer), edition)
            if period is None:
                continue
            chosen = [row for row in longer if of_period(row, period)]
            chosen.sort(key=lambda row: (-(row.number("importance_stated") or 0.0), row.text("attribute")))
            decided = len([row for row in chosen if row.text("quadrant") in DECIDED])
            if decided > most:
                best, most = Attributes(period, tuple(chosen)), decided
        if best is not None:
            return best
    return None


def of_period(row: Row, period: Period) -> bool:
    """Whether a row is of a period."""
    return row.text("period_grain") == period.grain and row.date("period_start") == period.start


def most_answered(rows: Sequence[Row]) -> list[Row]:
    """Of each period the row with the largest base: a period is judged by its best answered attribute."""
    heads: dict[tuple[str, dt.date | None], Row] = {}
    for row in rows:
        at = (row.text("period_grain"), row.date("period_start"))
        if at not in heads or (row.number("base") or 0) > (heads[at].number("base") or 0):
            heads[at] = row
    return list(heads.values())


@dataclass(frozen=True)
class AttributeGrid:
    """Satisfaction with each attribute in each group of a breakdown, in one period."""

    dimension: str
    period: Period
    attributes: tuple[str, ...]
    groups: tuple[str, ...]
    cells: dict[tuple[str, str], Row]
    # The only channel that was used, where there is no second one to compare it with.
    only_channel: str = ""


GRID_DIMENSIONS = ("channel", "segment", "touchpoint", "region", "country", "office", "persona", "language")
MOST_COLUMNS = 7


def attribute_grid(release: Release, edition: Edition) -> AttributeGrid | None:
    """Attributes by channel, or by the first breakdown with two groups; of everyone only.

    In the shortest period in which two cells of different groups are reliable.
    """
    if edition.segment is not None:
        return None
    rows = release.rows(
        "kpi_csi_attributes", ATTRIBUTE_COLUMNS, ATTRIBUTE_KEY, {"dimension": list(GRID_DIMENSIONS)}
    )
    only_channel = ""
    for programme in ("relational", "transactional", "study", ""):
        for dimension in GRID_DIMENSIONS:
            own = [
                row
                for row in rows
                if row.text("dimension") == dimension and row.text("programme") == programme
            ]
            names = {row.text("dimension_value") for row in own}
            if len(names) == 1 and dimension == "channel":
                only_channel = names.pop()
            elif len(names) > 1 and (found := grid_of(own, dimension, edition, only_channel)):
                return found
    return None


def grid_of(rows: Sequence[Row], dimension: str, edition: Edition, only_channel: str) -> AttributeGrid | None:
    """The grid of one breakdown; none where no period has two groups to compare."""
    for shortest in range(len(GRAINS)):
        longer = [row for row in rows if row.text("period_grain") in GRAINS[shortest:]]
        period = best_period(most_answered(longer), edition)
        if period is None:
            continue
        own = [row for row in longer if of_period(row, period)]
        if len({row.text("dimension_value") for row in own if row.text("publish_status") == "ok"}) < 2:
            continue
        bases: dict[str, float] = {}
        for row in own:
            name = row.text("dimension_value")
            bases[name] = max(bases.get(name, 0.0), row.number("base") or 0.0)
        groups = sorted(sorted(bases, key=lambda name: (-bases[name], name))[:MOST_COLUMNS])
        return AttributeGrid(
            dimension,
            period,
            tuple(sorted({row.text("attribute") for row in own})),
            tuple(groups),
            {(row.text("attribute"), row.text("dimension_value")): row for row in own},
            only_channel,
        )
    return None


IMPORTANCE_KEY = ("programme", "attribute", "period_grain", "period_start")
IMPORTANCE_COLUMNS = (
    "base",
    "publish_status",
    "imp_johnson",
    "johnson_ci_low",
    "johnson_ci_high",
    "johnson_rank",
    "r_squared",
)


def derived_importance(release: Release, edition: Edition) -> Attributes | None:
    """How closely each attribute goes with overall satisfaction, closest first; of everyone only."""
    if edition.segment is not None:
        return None
    rows = [
        row
        for row in release.rows("kpi_csi_importance", IMPORTANCE_COLUMNS, IMPORTANCE_KEY)
        if row.number("imp_johnson") is not None
    ]
    for programme in ("relational", "transactional", "study"):
        own = [row for row in rows if row.text("programme") == programme]
        period = best_period(most_answered(own), edition)
        if period is not None:
            chosen = [row for row in own if of_period(row, period)]
            chosen.sort(key=lambda row: (-(row.number("imp_johnson") or 0.0), row.text("attribute")))
            return Attributes(period, tuple(chosen))
    return None
