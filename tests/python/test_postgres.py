"""PostgreSQL gives the same marts as DuckDB, row for row."""

from collections.abc import Mapping
from decimal import Decimal
from math import isclose
from typing import Any

import duckdb
import psycopg2
import pytest
from dbt_runner import Warehouse

SCHEMAS = ("marts", "quality")
TABLES = (
    "select table_schema, table_name, column_name from information_schema.columns "
    "where table_schema in ('marts', 'quality') order by 1, 2, 3"
)


def comparable(value: Any) -> Any:
    """One value in a form both drivers agree on."""
    return float(value) if isinstance(value, Decimal) else value


def order(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A sorting key that puts rows equal up to rounding at the same place: texts, dates and counts first."""
    exact = [str(value) for value in row if not isinstance(value, float)]
    rough = [f"{value:.6g}" for value in row if isinstance(value, float)]
    return (*exact, *rough)


def same(left: Any, right: Any) -> bool:
    """Equal, floating point to 1e-9."""
    if isinstance(left, float) and isinstance(right, float):
        return isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    return bool(left == right)


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, postgres_environment: Mapping[str, str]
) -> tuple[Any, Any]:
    """The demo company built on both engines, as two cursors."""
    here = Warehouse(tmp_path_factory.mktemp("demo_duckdb"), {})
    there = Warehouse(tmp_path_factory.mktemp("demo_postgres"), postgres_environment)
    # The unit tests of dbt run here, once: they test the models' logic, which is the same on both engines.
    here.dbt("build")
    there.dbt("build", "--exclude-resource-type", "unit_test")
    server = psycopg2.connect(
        host=postgres_environment["CX_POSTGRES_HOST"],
        port=postgres_environment["CX_POSTGRES_PORT"],
        user=postgres_environment["CX_POSTGRES_USER"],
        password=postgres_environment["CX_POSTGRES_PASSWORD"],
        dbname=postgres_environment["CX_POSTGRES_DATABASE"],
    )
    return duckdb.connect(str(here.build_file), read_only=True).cursor(), server.cursor()


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return [tuple(map(comparable, row)) for row in cursor.fetchall()]


def test_every_mart_is_the_same_row_for_row(both: tuple[Any, Any]) -> None:
    here, there = both
    columns = rows(here, TABLES)
    assert columns == rows(there, TABLES)
    assert columns, "nothing was built"
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in columns:
        tables.setdefault((schema, table), []).append(column)
    compared = 0
    for (schema, table), names in tables.items():
        # JSON differs in its white space, by engine, and nowhere else.
        shown = [f'"{name}"' for name in names if name != "raw_row"]
        sql = f"select {', '.join(shown)} from {schema}.{table}"
        left, right = sorted(rows(here, sql), key=order), sorted(rows(there, sql), key=order)
        assert len(left) == len(right), f"{schema}.{table}: {len(left)} rows and {len(right)} rows"
        for a, b in zip(left, right, strict=True):
            differing = [name for name, x, y in zip(shown, a, b, strict=True) if not same(x, y)]
            assert not differing, f"{schema}.{table} {differing}: {a} and {b}"
        compared += len(left)
    assert compared > 10_000
