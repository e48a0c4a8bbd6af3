"""Whether the numbers can be trusted: how far the data goes, what the checks said, how many answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cx_warehouse.lineage import marts_fed_by
from reports.figures.measures import COLUMNS, KEY, MART, Edition
from reports.figures.subjects import Period, best_period
from reports.release import COUNTED, Release, Row, Span

CHECKS = "quality.check_results"
RECONCILIATION = "quality.row_reconciliation"
REJECTED = "quality.rejected_rows"
RULE_HITS = "quality.rule_hits"
MANIFEST = "quality.release"
CHECK_COLUMNS = ("kind", "suite", "subject", "severity", "status", "observed", "expected", "message")


@dataclass(frozen=True)
class Trust:
    """The facts of the trust strip."""

    as_of: dt.datetime | None
    response_rate: Row | None
    checks: int
    passed: int
    warned: int
    failed: tuple[str, ...]
    # What the warnings are about, and which tables have had no news for too long.
    warned_about: tuple[str, ...]
    late: tuple[str, ...]


def as_of(release: Release) -> dt.datetime | None:
    """The instant that the release stands at."""
    return release.newest(MART, "as_of") or release.newest(REJECTED, "rejected_at")


def check_rows(release: Release) -> list[Row]:
    """Every check of the last gate."""
    return release.rows(CHECKS, CHECK_COLUMNS, ("check_id",))


def outcome(row: Row) -> str:
    """A check's outcome as leadership should read it: a failed warning is a warning."""
    status = row.text("status")
    return "warn" if status in ("fail", "error") and row.text("severity") == "warning" else status


# What the gate's checks of freshness have in their names.
FRESH = ":fresh:"


def subjects(checks: Iterable[Row]) -> tuple[str, ...]:
    """What some checks are about, each once: a mart without its schema, a raw table as `system.table`."""
    names = {row.text("subject").rpartition(".")[2] for row in checks}
    return tuple(sorted(name.removeprefix("stg_").replace("__", ".") for name in names))


# Where a check's subject is a relation; elsewhere it is a raw table, `system.table`.
SCHEMAS = ("staging", "intermediate", "marts", "reference")
# What each headline measure is counted from; the last is the one that its raw tables reach.
COUNTED_FROM = {
    "nps_rel": ("fct_survey_answers", "kpi_nps"),
    "nps_txn": ("fct_survey_answers", "kpi_nps"),
    "csi": ("kpi_csi_attributes", "fct_survey_answers"),
    "csat_t2b": ("fct_survey_answers",),
    "ces_5": ("fct_survey_answers",),
    "ces2_pct": ("fct_survey_answers",),
    "logo_churn_rate": ("kpi_churn", "fct_churn_events", "fct_customer_months"),
    "nrr": ("kpi_churn", "kpi_mrr_bridge", "fct_customer_months"),
    "grr": ("kpi_churn", "kpi_mrr_bridge", "fct_customer_months"),
    "clv_survival": ("fct_customer_values", "kpi_customer_values"),
    "frt_human_median": ("fct_tickets", "kpi_response_times"),
    "frt_human_p90": ("fct_tickets", "kpi_response_times"),
    "sla_attainment": ("fct_sla_outcomes", "kpi_sla"),
    "fcr": ("fct_tickets", "kpi_support_quality"),
    "reopen_rate": ("fct_tickets", "kpi_support_quality"),
}


def touched(check: Row) -> tuple[str, ...]:
    """The headline measures that a check is about: counted from its table, or from what its table reaches."""
    found = set()
    for subject in check.text("subject").split(", "):
        schema, _, name = subject.rpartition(".")
        model = name if schema in SCHEMAS else f"stg_{schema}__{name}"
        reached = marts_fed_by(model)
        found |= {
            metric
            for metric, marts in COUNTED_FROM.items()
            if model in (*marts, MART) or marts[-1] in reached
        }
    return tuple(metric for metric in COUNTED_FROM if metric in found)


def doubts(release: Release) -> dict[str, int]:
    """How many checks that did not pass are about each headline measure that has one."""
    counted: dict[str, int] = {}
    for row in check_rows(release):
        if outcome(row) != "pass":
            for metric in touched(row):
                counted[metric] = counted.get(metric, 0) + 1
    return counted


def trust(release: Release, edition: Edition) -> Trust:
    """The facts of the trust strip for the period reported."""
    rates = release.rows(MART, COLUMNS, KEY, edition.own(metric="survey_response_rate"))
    mature = [
        row
        for row in edition.recent(rates)
        if row.text("publish_status") not in ("immature", "suppressed", "not_estimable")
        and row.number("value") is not None
    ]
    mature.sort(key=lambda row: (row.date("period_start") or dt.date.min, row.number("base") or 0.0))
    checks = check_rows(release)
    return Trust(
        as_of=as_of(release),
        response_rate=mature[-1] if mature else None,
        checks=len(checks),
        passed=len([row for row in checks if outcome(row) == "pass"]),
        warned=len([row for row in checks if outcome(row) == "warn"]),
        failed=tuple(row.text("check_id") for row in checks if outcome(row) in ("fail", "error")),
        warned_about=subjects(row for row in checks if outcome(row) == "warn"),
        late=subjects(row for row in checks if FRESH in row.text("check_id") and outcome(row) != "pass"),
    )


RESPONSE_BIAS = "nonresponse_bias_gap"
BIAS_KEY = ("programme", "period_grain", "period_start", "frame_variable", "frame_value")
BIAS_COLUMNS = (
    "base",
    "publish_status",
    "delivered",
    "response_rate",
    "others_response_rate",
    "gap",
    "ci_low",
    "ci_high",
)


def nonresponse(release: Release, edition: Edition) -> tuple[Period, list[Row]] | None:
    """Who answers more often than the rest, in the shortest period in which a group may be judged.

    Of everyone only: the mart crosses no segments.
    """
    if edition.segment is not None:
        return None
    rows = release.rows("kpi_survey_nonresponse", BIAS_COLUMNS, BIAS_KEY)
    period = best_period([row for row in rows if row.text("publish_status") == "ok"], edition)
    if period is None:
        return None
    own = [
        row
        for row in rows
        if row.text("period_grain") == period.grain and row.date("period_start") == period.start
    ]
    return period, own


def reconciliation(release: Release) -> list[Row]:
    """Every raw table: rows read, accepted, rejected, superseded."""
    return release.rows(
        RECONCILIATION,
        ("raw_rows", "accepted_rows", "rejected_rows", "superseded_rows"),
        ("system", "table_name"),
    )


def rejections(release: Release) -> list[Row]:
    """How many rows each rule turned away, by system, table and reason; most first."""
    if not release.has(REJECTED, "system", "table_name", "reason"):
        return []
    counted = release.counts(REJECTED, ("system", "table_name", "reason"))
    return sorted(counted, key=lambda row: (-(row.number(COUNTED) or 0.0), row.source.address))


def definitions(release: Release) -> list[Row]:
    """Every metric of the registry as the warehouse defines it."""
    return release.rows(
        "dim_metrics",
        (
            "name",
            "family",
            "unit",
            "direction",
            "formula",
            "base",
            "time_attribution",
            "interval_kind",
            "test_kind",
            "section",
            "owner",
            "target",
        ),
        ("metric",),
    )


def measured_programmes(release: Release) -> dict[str, list[str]]:
    """The metrics that this release has values of, with the programmes they are measured in."""
    found: dict[str, list[str]] = {}
    for row in release.counts(MART, ("metric", "programme")):
        found.setdefault(row.text("metric"), []).append(row.text("programme"))
    return found


@dataclass(frozen=True)
class Newest:
    """A fact's newest record, and how many it has."""

    mart: str
    newest: dt.datetime
    rows: Row


# When each fact happened; the newest says how far its source reaches.
HAPPENED = {
    "fct_survey_invitations": "sent_at",
    "fct_survey_responses": "responded_at",
    "fct_comments": "commented_at",
    "fct_tickets": "created_at",
    "fct_ticket_replies": "waiting_since",
    "fct_paying_intervals": "started_at",
    "fct_churn_events": "churned_at",
    "fct_orders": "ordered_at",
    "fct_reviews": "posted_at",
    "fct_mentions": "posted_at",
    "fct_followups": "opened_at",
    "fct_web_sessions": "started_at",
}


def freshness(release: Release) -> list[Newest]:
    """How far each fact reaches, of those that the release has."""
    found = []
    for mart, column in HAPPENED.items():
        newest = release.newest(mart, column)
        if newest is not None:
            found.append(Newest(mart, newest, release.counts(mart, ())[0]))
    return found


def rows_by_period(release: Release, mart: str, edition: Edition, starts: Sequence[dt.date]) -> list[Row]:
    """How many rows of a fact happened in each of these periods, by the calendar of UTC."""
    column = HAPPENED[mart]
    return [release.counts(mart, (), {column: Span(start, edition.back(-1, start))})[0] for start in starts]


def rule_hits(release: Release) -> list[Row]:
    """The data-quality rules that met a row, by rows met; none when the release does not record them.

    What is noted and taken as the contract says is no rule that fired.
    """
    rows = release.rows(
        RULE_HITS,
        ("rule_name", "example_keys", "n_checked", "n_hit", "share"),
        ("rule_id", "action", "system", "table_name"),
    )
    met = [row for row in rows if (row.number("n_hit") or 0.0) > 0 and row.text("action") != "note"]
    return sorted(met, key=lambda row: (-(row.number("n_hit") or 0.0), row.source.address))


# Lists of every input, check and table: the page has them as tables.
LISTS = frozenset({"inputs", "checks", "tables"})


def manifest(release: Release) -> list[tuple[str, str]]:
    """The entries of the release's own row that are no lists."""
    columns = sorted(release.columns(MANIFEST) - LISTS)
    rows = release.rows(MANIFEST, columns, ())
    return [(name, row.text(name)) for row in rows[:1] for name in columns if row.text(name)]
