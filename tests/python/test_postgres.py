"""PostgreSQL gives the same marts as DuckDB, row for row."""

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pytest
import sqlalchemy
from dbt_runner import Warehouse, environment
from postgres_server import connect
from same_marts import assert_same_marts

from cx_warehouse.database import BuildDatabase, build_url
from cx_warehouse.importance import fill_in_importance
from cx_warehouse.workspace import Workspace


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
    with environment(postgres_environment):
        urls = [
            sqlalchemy.URL.create("duckdb", database=str(here.build_file)),
            build_url("postgres", Workspace(there.folder)),
        ]
    for url in urls:
        with sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).begin() as connection:
            assert fill_in_importance(BuildDatabase(connection)) > 0
    with (
        duckdb.connect(str(here.build_file), read_only=True) as file,
        connect(postgres_environment) as server,
    ):
        yield file.cursor(), server.cursor()


def test_every_mart_is_the_same_row_for_row(both: tuple[Any, Any]) -> None:
    assert assert_same_marts(*both) > 10_000
