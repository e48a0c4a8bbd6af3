"""Whether the numbers can be trusted: how far the data goes, what the checks said, how many answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from reports.figures.measures import COLUMNS, KEY, MART, total
from reports.release import Release, Row

CHECKS = "quality.check_results"
RECONCILIATION = "quality.row_reconciliation"
REJECTED = "quality.rejected_rows"
CHECK_COLUMNS = ("kind", "subject", "severity", "status", "observed", "expected", "message")


@dataclass(frozen=True)
class Trust:
    """The facts of the trust strip."""

    as_of: dt.datetime | None
    response_rate: Row | None
    checks: int
    passed: int
    warned: int
    failed: tuple[str, ...]


def as_of(release: Release) -> dt.datetime | None:
    """The instant that the release stands at."""
    for mart in (MART, REJECTED):
        column = "as_of" if mart == MART else "rejected_at"
        rows = release.rows(mart, (column,), (column,))
        found = [value for row in rows if isinstance(value := row.values.get(column), dt.datetime)]
        if found:
            return max(found)
    return None


def check_rows(release: Release) -> list[Row]:
    """Every check of the last gate."""
    return release.rows(CHECKS, CHECK_COLUMNS, ("check_id",))


def outcome(row: Row) -> str:
    """A check's outcome as leadership should read it: a failed warning is a warning."""
    status = row.text("status")
    return "warn" if status in ("fail", "error") and row.text("severity") == "warning" else status


def trust(release: Release, month: dt.date | None) -> Trust:
    """The facts of the trust strip for the month reported."""
    rates = release.rows(MART, COLUMNS, KEY, total(metric="survey_response_rate", period_grain="month"))
    mature = [
        row
        for row in rows_until(rates, month)
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
    )


def rows_until(rows: list[Row], month: dt.date | None) -> list[Row]:
    """The rows of months up to this one."""
    return [row for row in rows if month is None or (row.date("period_start") or dt.date.min) <= month]


def reconciliation(release: Release) -> list[Row]:
    """Every raw table: rows read, accepted, rejected, superseded."""
    return release.rows(
        RECONCILIATION,
        ("raw_rows", "accepted_rows", "rejected_rows", "superseded_rows"),
        ("system", "table_name"),
    )


def rejections(release: Release) -> list[tuple[str, str, str, int]]:
    """How many rows each rule turned away: system, table, reason, rows; most first."""
    counted: dict[tuple[str, str, str], int] = {}
    for row in release.rows(REJECTED, (), ("system", "table_name", "reason", "row_key")):
        at = (row.text("system"), row.text("table_name"), row.text("reason"))
        counted[at] = counted.get(at, 0) + 1
    return [(*at, count) for at, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def definitions(release: Release) -> list[Row]:
    """Every metric of the registry as the warehouse defines it."""
    return release.rows(
        "dim_metrics",
        ("name", "family", "unit", "direction", "formula", "base", "time_attribution", "owner", "target"),
        ("metric",),
    )


def measured(release: Release) -> set[str]:
    """The metrics that this release has values of."""
    return {
        row.text("metric")
        for row in release.rows(MART, (), ("metric", "period_grain"), {"period_grain": "month"})
    }
