"""Fixtures shared by the tests."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from dbt_runner import Warehouse
from postgres_server import postgres_server


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
def postgres_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The settings of a PostgreSQL server that lives as long as the tests; skips where none is installed."""
    with postgres_server(tmp_path_factory.mktemp("postgres")) as settings:
        yield settings


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Each engine with the reference tables loaded, to run macros on."""
    settings = request.getfixturevalue("postgres_environment") if request.param == "postgres" else {}
    warehouse = Warehouse(tmp_path_factory.mktemp(f"engine_{request.param}"), settings)
    warehouse.dbt("seed", "--select", "t_quantiles")
    return warehouse
