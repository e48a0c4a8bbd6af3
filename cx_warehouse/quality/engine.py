"""Great Expectations on the build's database: the shim it needs, and expectations turned into results."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
import sqlalchemy
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine import sqlalchemy_execution_engine
from great_expectations.expectations import (
    ExpectColumnDistinctValuesToBeInSet,
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.expectation import Expectation

from cx_warehouse.database import BuildDatabase
from cx_warehouse.environment import environment
from cx_warehouse.errors import first_sentence
from cx_warehouse.quality.results import CheckResult


class _DuckDBDialect(StrEnum):
    """DuckDB as Great Expectations' list of dialects would name it."""

    DUCKDB = "duckdb"


def install_duckdb_dialect() -> None:
    """Add DuckDB to the dialects whose connection is kept open between queries.

    Great Expectations closes other connections before it has read their results, and every expectation then
    ends in `list index out of range`. tests/python/test_gate.py has the canary.
    """
    known = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    if _DuckDBDialect.DUCKDB not in known:
        extended: Any = (*known, _DuckDBDialect.DUCKDB)
        sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS = extended


@dataclass(frozen=True)
class Check:
    """One expectation under a name of ours, with what it expects in words.

    One that compares with the last release tells what it saw only when it does not pass: a release that is
    like the last one says the same as a first one.
    """

    name: str
    expected: str
    expectation: Expectation
    is_compared: bool = False


@dataclass(frozen=True)
class TableSuite:
    """The checks of one table or view that belong together."""

    name: str
    schema: str
    table: str
    checks: tuple[Check, ...]

    @property
    def label(self) -> str:
        """`marts.kpi_nps`."""
        return f"{self.schema}.{self.table}"


def run_suites(
    database: BuildDatabase, url: sqlalchemy.URL, suites: Sequence[TableSuite]
) -> Iterator[list[CheckResult]]:
    """The results of each suite in turn; a table that is not there is one critical failure."""
    install_duckdb_dialect()
    # It reports through results; its own log would end up on the console of whoever configured logging.
    logging.getLogger("great_expectations").propagate = False
    warnings.filterwarnings("ignore", module=r"great_expectations\.")
    with opened_source(url) as source:
        for suite in suites:
            if not database.has(suite.schema, suite.table):
                yield [missing_table(suite)]
            else:
                yield run_suite(source, suite)


@contextlib.contextmanager
def opened_source(url: sqlalchemy.URL) -> Iterator[Any]:
    """The database as a data source of a context that leaves nothing on disk."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # By way of a variable: written out, a dollar sign in the address would itself be taken for one.
    address = url.render_as_string(hide_password=False)
    with environment(CX_BUILD_ADDRESS=address):
        source = context.data_sources.add_sql(
            name="build", connection_string="${CX_BUILD_ADDRESS}", create_temp_table=False
        )
        try:
            yield source
        finally:
            source.get_execution_engine().close()
            source.get_engine().dispose()


def run_suite(source: Any, suite: TableSuite) -> list[CheckResult]:
    """All checks of one table, validated together so that their queries are bundled."""
    try:
        asset = source.add_table_asset(
            name=f"{suite.name} {suite.label}", table_name=suite.table, schema_name=suite.schema
        )
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        expectations = gx.ExpectationSuite(
            name=suite.label,
            expectations=[
                check.expectation.copy(update={"meta": {"check": check.name}}) for check in suite.checks
            ],
        )
        validated = batch.validate(expectations, result_format="BASIC")
    except Exception as error:  # whatever breaks here, these checks were not carried out
        return [result_of(suite, check, "error", None, first_sentence(error)) for check in suite.checks]
    found = {one.expectation_config.meta["check"]: one for one in validated.results}
    return [read_result(suite, check, found.get(check.name)) for check in suite.checks]


def read_result(suite: TableSuite, check: Check, validated: Any) -> CheckResult:
    """One validated expectation as a result; without one, or with an exception inside, an error."""
    if validated is None:
        return result_of(suite, check, "error", None, "it gave no result")
    raised = exception_of(validated.exception_info or {})
    if raised is not None:
        return result_of(suite, check, "error", None, raised)
    observed = observation(check, validated.result)
    if validated.success is True:
        return result_of(suite, check, "pass", None if check.is_compared else observed, None)
    return result_of(
        suite,
        check,
        "warn" if severity_of(check) == "warning" else "fail",
        observed,
        f"found {observed}",
    )


def result_of(
    suite: TableSuite, check: Check, status: str, observed: str | None, problem: str | None
) -> CheckResult:
    """A result with its sentence."""
    message = None
    if status == "error":
        message = f"{suite.label} could not be checked ({check.expected}): {problem}."
    elif status != "pass":
        message = f"{suite.label}: expected {check.expected}, {problem}."
    return CheckResult(
        check_id=f"expectation:{suite.label}:{check.name}",
        kind="expectation",
        suite=suite.name,
        subject=suite.label,
        expectation=type(check.expectation).__name__,
        severity=severity_of(check),
        status=status,
        observed=observed,
        expected=check.expected,
        message=message,
    )


def missing_table(suite: TableSuite) -> CheckResult:
    """The failure of a table that should be there."""
    return CheckResult(
        check_id=f"expectation:{suite.label}:exists",
        kind="expectation",
        suite=suite.name,
        subject=suite.label,
        expectation="exists",
        severity="critical",
        status="fail",
        observed="no such table",
        expected="the table is there",
        message=f"{suite.label} was not built.",
    )


def severity_of(check: Check) -> str:
    """Critical unless the expectation says less."""
    severity = check.expectation.severity
    return "critical" if str(getattr(severity, "value", severity)) == "critical" else "warning"


def exception_of(information: dict[str, Any]) -> str | None:
    """The first exception's sentence in a validation result, flat or by metric."""
    if "raised_exception" in information:
        if not information["raised_exception"]:
            return None
        return first_sentence(Exception(information.get("exception_message") or "an exception"))
    for one in information.values():
        if isinstance(one, dict) and one.get("raised_exception"):
            return first_sentence(Exception(one.get("exception_message") or "an exception"))
    return None


def observation(check: Check, result: dict[str, Any]) -> str | None:
    """What was seen, in numbers only: values may be personal."""
    if isinstance(check.expectation, ExpectColumnDistinctValuesToBeInSet):
        return f"{result['unexpected_count']} other values"
    if result.get("unexpected_count") is not None:
        return f"{result['unexpected_count']} of {result.get('element_count')} rows against it"
    if "observed_value" in result:
        counts_rows = isinstance(check.expectation, UnexpectedRowsExpectation)
        seen = result["observed_value"]
        if isinstance(seen, float):
            return f"{seen:.4g}"
        return f"{seen}{' rows against it' if counts_rows else ''}"
    return "no rows" if result.get("element_count") == 0 else None
