"""PostgreSQL gives the same marts as DuckDB, row for row."""

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest
from dbt_runner import Warehouse
from postgres_server import connect
from same_marts import assert_same_marts


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, postgres_environment: Mapping[str, str]
) -> Iterator[tuple[Any, Any]]:
    """The demo company built on both engines, as two cursors."""
    here = Warehouse(tmp_path_factory.mktemp("demo_duckdb"), {})
    there = Warehouse(tmp_path_factory.mktemp("demo_postgres"), postgres_environment)
    # The unit tests of dbt run here, once: they test the models' logic, which is the same on both engines.
    here.dbt("build")
    there.dbt("build", "--exclude-resource-type", "unit_test")
    with (
        duckdb.connect(str(here.build_file), read_only=True) as file,
        connect(postgres_environment) as server,
    ):
        yield file.cursor(), server.cursor()


def test_every_mart_is_the_same_row_for_row(both: tuple[Any, Any]) -> None:
    assert assert_same_marts(*both) > 10_000
