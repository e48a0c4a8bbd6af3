"""The gate: every check of a build, written down, and whether the build may be released."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cx_warehouse.build import present_build, read_artifact
from cx_warehouse.contract import raw_contract
from cx_warehouse.database import BuildDatabase, build_url, open_build
from cx_warehouse.display import Display, Table
from cx_warehouse.errors import DataError
from cx_warehouse.inputs import raise_if_changed
from cx_warehouse.quality.dbt_tests import dbt_test_results, unbuilt_models
from cx_warehouse.quality.history import MART, VALUES, history_of, history_result, last_history
from cx_warehouse.quality.profiles import (
    Profile,
    last_profiles,
    profile_build,
    profiled_columns,
    write_profiles,
)
from cx_warehouse.quality.results import KINDS, CheckResult, write_results
from cx_warehouse.quality.rules import (
    built_result,
    reconciliation_results,
    rejected_share_results,
    table_rows,
)
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import Workspace, write_whole

if TYPE_CHECKING:
    from cx_warehouse.quality.engine import TableSuite


@dataclass(frozen=True)
class Gate:
    """How the gate judged a build."""

    results: tuple[CheckResult, ...]

    @property
    def stopping(self) -> tuple[CheckResult, ...]:
        """The results that keep the last release in place."""
        return tuple(result for result in self.results if result.stops_release)

    @property
    def counts(self) -> dict[str, int]:
        """How many checks passed, warned, failed and could not be carried out."""
        found = Counter(result.status for result in self.results)
        return {status: found[status] for status in ("pass", "warn", "fail", "error")}


def check(settings: Settings, workspace: Workspace, display: Display) -> Gate:
    """Carry out every check of the present build and write `quality.check_results`.

    Raises:
        DataError: there is no build to check.
    """
    workspace.gate_stamp.unlink(missing_ok=True)
    built = present_build(workspace)
    raise_if_changed(built.still_read)
    manifest = read_artifact(workspace, "manifest")
    run_results = read_artifact(workspace, "run_results")
    limit = float(str(settings.variable("max_rejected_share")))
    with open_build(built.target, workspace) as database:
        as_of = database.rows("select as_of from intermediate.int_build_clock")[0][0]
        tables = table_rows(database)
        results = [
            *dbt_test_results(manifest, run_results),
            *reconciliation_results(tables, [table.label for table in raw_contract()]),
            *rejected_share_results(database, tables, limit),
            built_result(unbuilt_models(manifest, run_results)),
        ]
        delivered = {table.label for table in tables if table.is_delivered}
        results.append(
            history_result(
                last_history(workspace),
                history_of(as_of, database.rows(VALUES) if database.has(*MART) else []),
                int(str(built.variables.get("late_arrival_days", settings.variable("late_arrival_days")))),
            )
        )
        profiles = profile_build(
            database, profiled_columns(table for table in raw_contract() if table.label in delivered)
        )
        suites = all_suites(workspace, delivered, profiles)
        results += expectation_results(database, built.target, workspace, suites, display)
    with open_build(built.target, workspace) as database:
        write_results(database, results, as_of)
        write_profiles(database, profiles, as_of)
    gate = Gate(tuple(sorted(results, key=lambda result: result.check_id)))
    write_whole(
        workspace.gate_stamp,
        json.dumps(
            {
                "invocation": built.invocation,
                "is_green": not gate.stopping,
                "counts": gate.counts,
                "max_rejected_share": limit,
            }
        ),
    )
    return gate


def all_suites(
    workspace: Workspace, delivered: set[str], profiles: Mapping[str, Profile]
) -> list[TableSuite]:
    """Every Great Expectations suite for the tables that were delivered."""
    # Imported here, for it takes seconds: no other step waits for it.
    from cx_warehouse.quality.comparisons import raw_suites, release_suites
    from cx_warehouse.quality.suites import mart_suites, staging_suites

    tables = [table for table in raw_contract() if table.label in delivered]
    last = last_profiles(workspace)
    return [
        *raw_suites(tables, last, profiles),
        *staging_suites(tables),
        *mart_suites(),
        *release_suites(last, profiles),
    ]


def expectation_results(
    database: BuildDatabase,
    target: str,
    workspace: Workspace,
    suites: Sequence[TableSuite],
    display: Display,
) -> list[CheckResult]:
    """The results of all Great Expectations suites."""
    from cx_warehouse.quality.engine import run_suites

    results: list[CheckResult] = []
    found = run_suites(database, build_url(target, workspace), suites)
    for done, (suite, suite_results) in enumerate(zip(suites, found, strict=True), start=1):
        display.advance(done, len(suites), suite.label)
        results += suite_results
    return results


def raise_when_red(gate: Gate) -> None:
    """Refuse the release.

    Raises:
        DataError: with the first stopping results' sentences.
    """
    stopping = sorted(gate.stopping, key=lambda result: KINDS[::-1].index(result.kind))
    if stopping:
        told = " ".join(result.message or result.check_id for result in stopping[:3])
        others = len(stopping) - 3
        more = f" And {others} more, in quality.check_results of the build." if others > 0 else ""
        count = f"{len(stopping)} check{'s' if len(stopping) > 1 else ''}"
        raise DataError(f"The release is refused by {count}; the last one stays. {told}{more}")


def gate_tables(results: Sequence[CheckResult]) -> list[Table]:
    """Counts by kind, and every result that is no pass."""
    statuses = ("pass", "warn", "fail", "error")
    counts = Counter((result.kind, result.status) for result in results)
    tables = [
        Table(
            "Checks",
            ("kind", "passed", "warned", "failed", "not carried out"),
            [(kind, *(counts[kind, status] for status in statuses)) for kind in KINDS],
            frozenset({"passed", "warned", "failed", "not carried out"}),
        )
    ]
    told = [result for result in results if result.status != "pass"]
    if told:
        tables.append(
            Table(
                "Checks that did not pass",
                ("check", "status", "severity", "what"),
                [(result.check_id, result.status, result.severity, result.message) for result in told],
            )
        )
    return tables
