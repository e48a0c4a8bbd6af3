"""A check's result, and the table `quality.check_results` that keeps all of the last gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

import sqlalchemy

from cx_warehouse.database import BuildDatabase

KINDS = ("dbt_test", "expectation", "reconciliation", "release_rule")


@dataclass(frozen=True)
class CheckResult:
    """One row of `quality.check_results`, without the instant.

    `status` is pass, warn, fail or error; an error is a check that could not be carried out, which is never a
    pass. `severity` is critical (stops the release) or warning.
    """

    check_id: str
    kind: str
    subject: str
    severity: str
    status: str
    observed: str | None
    expected: str | None
    message: str | None

    @property
    def stops_release(self) -> bool:
        """Whether this result keeps the last release in place."""
        return self.severity == "critical" and self.status in {"fail", "error"}


def write_results(database: BuildDatabase, results: Sequence[CheckResult], as_of: dt.datetime | None) -> None:
    """Replace `quality.check_results`, sorted by check: nothing in it depends on when the gate ran."""
    names = [field.name for field in fields(CheckResult)]
    columns = ", ".join(f"{name} text" for name in names)
    execute = database.connection.execute
    execute(sqlalchemy.text("create schema if not exists quality"))
    execute(sqlalchemy.text("drop table if exists quality.check_results"))
    execute(sqlalchemy.text(f"create table quality.check_results ({columns}, as_of timestamp)"))
    if results:
        marks = ", ".join(f":{name}" for name in names)
        execute(
            sqlalchemy.text(f"insert into quality.check_results values ({marks}, :as_of)"),  # noqa: S608
            [
                {name: getattr(result, name) for name in names} | {"as_of": as_of}
                for result in sorted(results, key=lambda result: result.check_id)
            ],
        )
