"""Whether what was said of finished months still stands: the last release's values beside this build's.

Leadership has read the last release. A month that ended long enough before it (`late_arrival_days`) should
say the same in the next one; where it does not, data came late, was mended or was lost: somebody should know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cx_warehouse.quality.results import CheckResult
from cx_warehouse.releases import public_rows
from cx_warehouse.workspace import Workspace

TOLERANCE = 1e-6
SHOWN = 3
MART = ("marts", "kpi_metric_values")
VALUES = (
    "select metric, programme, period_start, value from marts.kpi_metric_values "
    "where dimension = 'total' and period_grain = 'month' and publish_status in ('ok', 'low_base') "
    "and value is not null"
)

Key = tuple[str, str, dt.date]


@dataclass(frozen=True)
class History:
    """The monthly totals that a release or a build shows, and the instant it is as of."""

    as_of: dt.datetime | None = None
    values: Mapping[Key, float] = field(default_factory=dict)


def history_of(as_of: dt.datetime | None, rows: Iterable[tuple[Any, ...]]) -> History:
    """A history from the rows of VALUES."""
    return History(
        as_of, {(metric, programme, month): float(value) for metric, programme, month, value in rows}
    )


def last_history(workspace: Workspace) -> History:
    """The public release's; an empty one where there is none, or one of another version."""
    said = public_rows(workspace, "select as_of from quality.release")
    return history_of(said[0][0] if said else None, public_rows(workspace, VALUES))


def history_result(last: History, present: History, late_days: int) -> CheckResult:
    """The release rule that finished months keep their values; a warning."""
    compared = [key for key in sorted(last.values) if is_finished(key[2], last, present, late_days)]
    changed = [
        key
        for key in compared
        if key not in present.values or abs(present.values[key] - last.values[key]) > TOLERANCE
    ]
    told = "; ".join(told_change(key, last, present) for key in changed[:SHOWN])
    return CheckResult(
        check_id="release_rule:finished_months_keep_their_values",
        kind="release_rule",
        suite="release",
        subject="marts.kpi_metric_values",
        expectation="finished_months_keep_their_values",
        severity="warning",
        status="warn" if changed else "pass",
        observed=f"{len(changed)} of {len(compared)} values changed" if changed else None,
        expected=f"months that ended {late_days} days before the last release as it said, if there is one",
        message=f"{len(changed)} of {len(compared)} values of finished months are not what the last release "
        f"said: {told}{' and others' if len(changed) > SHOWN else ''}."
        if changed
        else None,
    )


def is_finished(month: dt.date, last: History, present: History, late_days: int) -> bool:
    """Whether a month had ended, and late rows had come in, for both."""
    ended = dt.datetime.combine((month.replace(day=1) + dt.timedelta(days=32)).replace(day=1), dt.time())
    return all(
        one.as_of is not None and ended + dt.timedelta(days=late_days) <= one.as_of for one in (last, present)
    )


def told_change(key: Key, last: History, present: History) -> str:
    """One change in words."""
    metric, programme, month = key
    after = f"{present.values[key]:.4g}" if key in present.values else "nothing"
    return f"{metric} ({programme}) of {month:%Y-%m} was {last.values[key]:.4g} and is {after}"
