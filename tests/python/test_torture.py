"""The small company in hostile dress is read as what it is: rows, repairs and numbers, to the last one."""

import json
from collections import Counter

import duckdb
import pytest
from click.testing import CliRunner
from small_raw import VARIABLES
from torture import HOSTILE_NAMES, REPAIRS, ROWS, write_torture

from cx_warehouse.cli import main
from cx_warehouse.workspace import Workspace

# Two invitations are all that the company in plain dress does not have.
OF_INVITATIONS = ("kpi_survey_funnel", "kpi_survey_coverage")
METRICS_OF_INVITATIONS = frozenset(
    f"survey_{step}"
    for step in (
        *("coverage", "delivery_rate", "start_rate"),
        *("completion_rate", "response_rate", "opt_out_rate"),
    )
)


@pytest.fixture(scope="module")
def tortured(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The hostile company, run once through the command line."""
    folder = tmp_path_factory.mktemp("tortured")
    raw = write_torture(folder / "raw")
    variables = json.dumps({**VARIABLES, "max_rejected_share": 0.6})
    arguments = ["--raw", str(raw), "--vars", variables, "--to", str(folder / "to")]
    result = CliRunner().invoke(main, ["run", *arguments])
    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    return Workspace(folder / "to")


@pytest.fixture
def database(tortured: Workspace) -> duckdb.DuckDBPyConnection:
    """What was published of it."""
    return duckdb.connect(str(tortured.to / "cx_warehouse.duckdb"), read_only=True)


def test_each_row_is_accepted_rejected_or_superseded_as_it_should(
    database: duckdb.DuckDBPyConnection,
) -> None:
    found = {
        f"{system}.{table}": tuple(counts)
        for system, table, *counts in database.execute(
            "select system, table_name, raw_rows, accepted_rows, rejected_rows, superseded_rows "
            "from quality.row_reconciliation where is_delivered"
        ).fetchall()
    }
    assert found == ROWS


def test_each_repair_is_listed(database: duckdb.DuckDBPyConnection) -> None:
    repairs = database.execute("select table_name, rule_id from quality.repaired_rows").fetchall()
    assert Counter(repairs) == REPAIRS


def test_the_numbers_do_not_move(database: duckdb.DuckDBPyConnection, released: Workspace) -> None:
    compared = 0
    with duckdb.connect(str(released.to / "cx_warehouse.duckdb"), read_only=True) as plain:
        kpis = plain.execute(
            "select table_name from information_schema.tables where table_name like 'kpi%' order by 1"
        ).fetchall()
        for (name,) in kpis:
            if name in OF_INVITATIONS:
                continue
            query = f"select * from marts.{name} order by all"
            here, there = database.execute(query).fetchall(), plain.execute(query).fetchall()
            if name == "kpi_metric_values":
                here = [row for row in here if row[0] not in METRICS_OF_INVITATIONS]
            assert here == there, name
            compared += len(here)
    assert compared > 1000


def test_personal_columns_are_published_nowhere(
    database: duckdb.DuckDBPyConnection,
) -> None:
    tables = database.execute(
        "select table_schema, table_name from information_schema.tables order by 1, 2"
    ).fetchall()
    assert len(tables) > 30
    secrets = ("Имя 9", HOSTILE_NAMES[0], "ann@one.example", "600 12345")
    for schema, table in tables:
        for secret in secrets:
            found = database.execute(
                f'select count(*) from "{schema}"."{table}" as one where contains(cast(one as varchar), ?)',
                [secret],
            ).fetchone()
            assert found == (0,), f"{schema}.{table} holds {secret!r}"


def test_nothing_hostile_reaches_pages_or_logs(tortured: Workspace) -> None:
    pages = list((tortured.to / "reports").rglob("*.html"))
    assert pages
    logs = [path for path in tortured.logs.rglob("*") if path.is_file()]
    for path in [*pages, *logs]:
        text = path.read_text(encoding="utf-8", errors="replace")
        for name in (*HOSTILE_NAMES, "\u202e", "onerror=alert", "ann@one.example", "600 12345", "Имя 9"):
            assert name not in text, f"{path.name} holds {name!r}"
