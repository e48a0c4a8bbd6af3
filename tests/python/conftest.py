"""Fixtures shared by the tests."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from dbt_runner import Warehouse
from postgres_server import new_database, postgres_server
from service_cases import AS_OF, Query, Ticket, write_service_raw
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.cli import main
from cx_warehouse.workspace import Workspace


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option to accept what the golden snapshots of the report hold now."""
    parser.addoption("--update-golden", action="store_true", help="Write the golden snapshots anew.")


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A sentence for whoever reads the output of the whole suite, also when it passes."""
    return lambda sentence: record_property("told", sentence)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests had to tell."""
    for report in terminalreporter.getreports("passed"):
        for name, sentence in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(sentence))


@pytest.fixture(scope="session")
def build_warehouse(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Path, Mapping[str, Any]], Path]:
    """Build the whole project on DuckDB from a folder of raw files; gives the path of the build file."""

    def build(raw: Path, variables: Mapping[str, Any]) -> Path:
        warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"), {})
        warehouse.dbt(
            "build", "--exclude-resource-type", "unit_test",
            variables={"raw": "files", "raw_path": str(raw), **variables},
        )  # fmt: skip
        return warehouse.build_file

    return build


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """A PostgreSQL server that lives as long as the tests; skips where none is installed."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as settings:
        yield settings


@pytest.fixture(scope="module")
def postgres_environment(request: pytest.FixtureRequest, postgres: Mapping[str, str]) -> Mapping[str, str]:
    """The settings of a PostgreSQL database of each test file's own: none sees what another built."""
    return new_database(postgres, request.module.__name__)


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Each engine with the reference tables loaded, to run macros on."""
    # pytest may set this up a second time, after the other engine: each time has a database of its own.
    folder = tmp_path_factory.mktemp(f"engine_{request.param}")
    settings = (
        new_database(request.getfixturevalue("postgres"), folder.name) if request.param == "postgres" else {}
    )
    warehouse = Warehouse(folder, settings)
    warehouse.dbt("seed", "--select", "t_quantiles")
    return warehouse


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small company, run once through the command line; tests look at it and change nothing."""
    folder = tmp_path_factory.mktemp("released")
    raw = write_small_raw(folder / "raw")
    arguments = ["--raw", str(raw), "--vars", json.dumps(VARIABLES), "--to", str(folder / "to")]
    result = CliRunner().invoke(main, ["run", *arguments])
    assert result.exit_code == 0, result.output
    return Workspace(folder / "to")


@pytest.fixture(scope="session")
def query(
    build_warehouse: Callable[[Path, Mapping[str, Any]], Path], tmp_path_factory: pytest.TempPathFactory
) -> Query:
    """Rows of a query on the marts built from all cases of the service subject."""
    raw = write_service_raw(tmp_path_factory.mktemp("service"))
    build_file = build_warehouse(raw, {"as_of": AS_OF.isoformat(), "rmst_tau_minutes": 240})

    def rows(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(build_file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return rows


@pytest.fixture(scope="session")
def ticket(query: Query) -> Ticket:
    """Columns of one ticket in fct_tickets."""

    def columns(ticket_id: str, *names: str) -> tuple[Any, ...]:
        (row,) = query(f"select {', '.join(names)} from marts.fct_tickets where ticket_id = '{ticket_id}'")
        return row

    return columns
