"""Whether the numbers can be trusted: how far the data goes, what the checks said, how many answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from reports.figures.measures import COLUMNS, KEY, MART, total
from reports.release import Release, Row

CHECKS = "quality.check_results"
RECONCILIATION = "quality.row_reconciliation"
REJECTED = "quality.rejected_rows"
# check_results is written by the pipeline; these are the words it may use for a passed and a tolerated check.
PASSED = frozenset({"pass", "passed", "success", "ok"})
WARNED = frozenset({"warn", "warned", "warning"})
SKIPPED = frozenset({"skip", "skipped"})
STATUS_COLUMNS = ("status", "outcome", "result")
NAME_COLUMNS = ("check_name", "name", "check_id", "check")


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
    """Every check of the last run."""
    columns = sorted(release.columns(CHECKS))
    return release.rows(CHECKS, columns, columns)


def status_of(row: Row) -> str:
    """A check's outcome as the pipeline wrote it, in lower case."""
    return next((row.text(name).lower() for name in STATUS_COLUMNS if row.text(name)), "")


def name_of(row: Row) -> str:
    """A check's name."""
    return next((row.text(name) for name in NAME_COLUMNS if row.text(name)), "")


def trust(release: Release, month: dt.date | None) -> Trust:
    """The facts of the trust strip for the month reported."""
    rates = release.rows(
        MART, COLUMNS, KEY, total(metric="survey_response_rate", period_grain="month")
    )
    mature = [
        row
        for row in rows_until(rates, month)
        if row.text("publish_status") not in ("immature", "suppressed", "not_estimable")
        and row.number("value") is not None
    ]
    mature.sort(key=lambda row: (row.date("period_start") or dt.date.min, row.number("base") or 0.0))
    checks = [row for row in check_rows(release) if status_of(row) not in SKIPPED]
    return Trust(
        as_of=as_of(release),
        response_rate=mature[-1] if mature else None,
        checks=len(checks),
        passed=len([row for row in checks if status_of(row) in PASSED]),
        warned=len([row for row in checks if status_of(row) in WARNED]),
        failed=tuple(
            name_of(row) for row in checks if status_of(row) not in PASSED | WARNED
        ),
    )


def rows_until(rows: list[Row], month: dt.date | None) -> list[Row]:
    """The rows of months up to this one."""
    return [
        row for row in rows if month is None or (row.date("period_start") or dt.date.min) <= month
    ]
