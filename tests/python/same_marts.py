"""Two warehouses compared: the same tables, columns and rows, floating point to 1e-9."""

from decimal import Decimal
from math import isclose
from typing import Any

TABLES = (
    "select table_schema, table_name, column_name from information_schema.columns "
    "where table_schema in ('marts', 'quality') order by 1, 2, 3"
)


def assert_same_marts(here: Any, there: Any, *, only: str | None = None) -> int:
    """Compare schemas `marts` and `quality` (or `only` one) of two cursors; gives the rows compared."""
    columns = [row for row in rows(here, TABLES) if only in (None, row[0])]
    assert columns == [row for row in rows(there, TABLES) if only in (None, row[0])]
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
    return compared


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query, in a form both drivers agree on."""
    cursor.execute(sql)
    return [tuple(map(comparable, row)) for row in cursor.fetchall()]


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
