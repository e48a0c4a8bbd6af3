"""A check's result, and the table `quality.check_results` that keeps all of the last gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields

import sqlalchemy

from cx_warehouse.database import BuildDatabase

KINDS = ("dbt_test", "expectation", "reconciliation", "release_rule")
# What each column of `quality.check_results` says.
DESCRIPTIONS = {
    "check_id": "Key: kind, subject and name of the check.",
    "kind": "dbt_test, expectation (Great Expectations), reconciliation or release_rule.",
    "suite": "What it belongs to: raw intake, staging, marts, release, dbt tests, row counts or rules.",
    "subject": "The table that is checked.",
    "expectation": "What kind of check it is: the Great Expectations class, the dbt test or the rule.",
    "severity": "critical: a failure keeps the last release in place; warning: it is told and stops nothing.",
    "status": "pass, warn, fail, or error: it could not be carried out, which is never a pass.",
    "observed": "What was found, in numbers.",
    "expected": "What was expected, in words.",
    "message": "What is wrong, as a sentence; null when nothing is.",
    "as_of": "The instant the build is as of, UTC.",
}


@dataclass(frozen=True)
class CheckResult:
    """One row of `quality.check_results`, without the instant; DESCRIPTIONS says what each column means."""

    check_id: str
    kind: str
    suite: str
    subject: str
    expectation: str
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
            sqlalchemy.text(f"insert into quality.check_results values ({marks}, :as_of)"),  # noqa: S608 - marks of ours
            [
                {name: getattr(result, name) for name in names} | {"as_of": as_of}
                for result in sorted(results, key=lambda result: result.check_id)
            ],
        )
