"""A build in PostgreSQL is checked there and released as the same DuckDB file, value for value."""

import datetime as dt
import decimal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import sqlalchemy
from click.testing import CliRunner
from dbt_runner import environment

from cx_warehouse.build import Build
from cx_warehouse.cli import main
from cx_warehouse.contract import raw_contract
from cx_warehouse.database import alone_in_database, build_url, open_build
from cx_warehouse.inputs import table_hashes
from cx_warehouse.publish import PublishedTable, content_hash, copier
from cx_warehouse.quality.comparisons import comparisons
from cx_warehouse.quality.engine import TableSuite, run_suites
from cx_warehouse.quality.profiles import Profile, profile_build, write_profiles
from cx_warehouse.quality.results import CheckResult, write_results
from cx_warehouse.quality.suites import between, in_set, no_rows, not_null, unique_key
from cx_warehouse.workspace import Workspace

TYPES = {
    "name": "text", "seen_at": "timestamp", "seen_date": "date", "visits": "bigint",
    "share": "double precision", "money": "decimal(18,4)", "is_seen": "boolean",
}  # fmt: skip
ROWS = """
    ('b', timestamp '2026-03-29 01:00:00.123456', date '2026-03-29', 9007199254740993,
        cast(0.1 as double precision) + cast(0.2 as double precision), 12345678901234.5678, true),
    ('', null, null, null, null, null, false),
    (null, timestamp '2026-01-01', date '2026-01-01', 0, cast('NaN' as double precision), -0.0001, null),
    ('quote " comma, newline ' || chr(10) || ' ą ж', timestamp '2026-01-02', null, -1,
        cast(1e-300 as double precision), 0, true)
"""
TABLE = PublishedTable("marts", "kpi_things", "", tuple((name, kind, "") for name, kind in TYPES.items()), ())


@pytest.fixture
def workspace(tmp_path: Path, postgres_environment: Mapping[str, str]) -> Iterator[Workspace]:
    """The same table in PostgreSQL and in a DuckDB build file."""
    workspace = Workspace(tmp_path)
    workspace.prepare()
    declared = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    statements = [
        "drop schema if exists marts cascade",
        "create schema marts",
        f"create table marts.kpi_things ({declared})",
        f"insert into marts.kpi_things values {ROWS}",
    ]
    with environment(postgres_environment):
        for target in ("postgres", "duckdb"):
            with open_build(target, workspace) as database:
                for statement in statements:
                    database.connection.execute(sqlalchemy.text(statement))
        yield workspace


def built(target: str) -> Build:
    return Build("one", target, {}, {}, {}, 1, ())


def test_every_type_arrives_as_it_would_from_duckdb(workspace: Workspace) -> None:
    releases = {}
    for target in ("postgres", "duckdb"):
        with duckdb.connect() as release:
            release.execute("create schema marts")
            with copier(release, built(target), workspace) as copy:
                copy(TABLE)
            rows = release.execute("select * from marts.kpi_things").fetchall()
            releases[target] = (repr(rows), content_hash(release, "marts.kpi_things"))
    assert releases["postgres"] == releases["duckdb"]
    assert not (workspace.build / "export.csv").exists()
    with duckdb.connect() as release:
        release.execute("create schema marts")
        with copier(release, built("postgres"), workspace) as copy:
            copy(TABLE)
        row = release.execute("select * from marts.kpi_things where name = 'b'").fetchone()
    assert row == (
        "b", dt.datetime(2026, 3, 29, 1, 0, 0, 123456), dt.date(2026, 3, 29), 9007199254740993,
        0.1 + 0.2, decimal.Decimal("12345678901234.5678"), True,
    )  # fmt: skip


def test_a_build_is_compared_with_the_last_release_in_either_engine(workspace: Workspace) -> None:
    found = {}
    for target in ("postgres", "duckdb"):
        with open_build(target, workspace) as database:
            profiles = profile_build(database, {"marts.kpi_things": ("name",), "marts.absent": ("name",)})
            last = {"marts.kpi_things": Profile(40, {"name": {"b": 30, "c": 10}})}
            checks = [
                *comparisons("marts.kpi_things", ("name",), {}, profiles),
                *(
                    replace(one, name=f"last:{one.name}")
                    for one in (comparisons("marts.kpi_things", ("name",), last, profiles))
                ),
            ]
            suite = TableSuite("release", "marts", "kpi_things", tuple(checks))
            results = [
                one for part in run_suites(database, build_url(target, workspace), [suite]) for one in part
            ]
            write_profiles(database, profiles, None)
            rows = database.rows("select * from quality.profiles order by column_name, category nulls last")
        found[target] = (profiles, results, rows)
    assert found["postgres"] == found["duckdb"]
    profiles, results, rows = found["duckdb"]
    assert profiles["marts.kpi_things"].rows == 4
    assert len(rows) == 5
    status = {
        result.check_id.removeprefix("expectation:marts.kpi_things:"): result.status for result in results
    }
    assert status == {
        "volume": "pass", "filled:name": "pass", "drift:name": "pass", "known:name": "pass",
        "last:volume": "warn", "last:filled:name": "warn", "last:drift:name": "warn",
        "last:known:name": "warn",
    }  # fmt: skip


def test_a_second_run_in_the_same_database_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with alone_in_database("postgres", workspace):
        result = CliRunner().invoke(
            main, ["build", "--target", "postgres", "--to", str(tmp_path / "elsewhere")]
        )
        assert result.exit_code == 1, result.output
        assert result.stderr.startswith(
            "Error: Another cx is at work in the database test_publish_postgres at 127.0.0.1"
        )
        assert result.stderr.count("\n") == 1
    with alone_in_database("postgres", workspace), alone_in_database("duckdb", workspace):
        pass


def test_the_hash_of_a_raw_table_is_of_its_rows_whatever_their_order(workspace: Workspace) -> None:
    tables = [table for table in raw_contract() if table.label in {"crm.customers", "crm.contacts"}]

    def hashed(target: str, rows: str) -> str:
        statements = [
            "drop schema if exists raw_crm cascade",
            "create schema raw_crm",
            f"create table raw_crm.customers as select * from (values {rows}) as rows (customer_id, name)",
        ]
        with open_build(target, workspace) as database:
            for statement in statements:
                database.connection.execute(sqlalchemy.text(statement))
            hashes = table_hashes(database, tables)
        assert set(hashes) == {"crm.customers"}
        return hashes["crm.customers"]

    for target in ("postgres", "duckdb"):
        first = hashed(target, "('a', 'A'), ('b', null)")
        assert first.startswith("rows:")
        assert hashed(target, "('b', null), ('a', 'A')") == first
        assert hashed(target, "('b', null), ('a', 'B')") != first
        assert hashed(target, "('b', null), ('a', 'A'), ('a', 'A')") != first


def test_expectations_and_their_results_work_in_postgres(workspace: Workspace) -> None:
    checks = (
        not_null("name"),
        in_set("name", ("b",)),
        between("visits", -1, None),
        unique_key(("name",)),
        no_rows("future", "seen in the past", "seen_at > timestamp '2026-02-01' + interval '1 day'"),
        no_rows("broken", "something", "no_such_column = 1"),
    )
    suites = [TableSuite("any", "marts", name, checks) for name in ("kpi_things", "absent")]
    with open_build("postgres", workspace) as database:
        found = [
            result
            for results in run_suites(database, build_url("postgres", workspace), suites)
            for result in results
        ]
    assert [result.status for result in found] == ["fail", "fail", "pass", "pass", "fail", "error", "fail"]
    with open_build("postgres", workspace) as database:
        write_results(database, found, dt.datetime(2026, 7, 1))
        assert database.columns("quality", "check_results")[-1] == "as_of"
        written = database.rows(
            "select check_id, kind, suite, subject, expectation, severity, status, observed, expected, "
            "message from quality.check_results"
        )
    assert [CheckResult(*row) for row in written] == sorted(found, key=lambda result: result.check_id)
