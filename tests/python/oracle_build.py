"""A random company built on either engine, and its marts as an oracle is compared with them."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from dbt_runner import Warehouse
from postgres_server import connect
from raw_folder import RawFolder

Row = Mapping[str, Any]
Key = tuple[Any, ...]
Rows = Callable[[str], list[Row]]


def build_marts(
    raw: RawFolder,
    marts: Iterable[str],
    folder: Path,
    *,
    postgres: Mapping[str, str] | None,
    variables: Mapping[str, Any],
) -> Rows:
    """Build marts with all they need, on DuckDB or the server given; the result gives the rows of a mart."""
    if postgres:
        source = {"raw": "schema"}
        with connect(postgres) as server:
            raw.load(server.cursor())
    else:
        source = {"raw": "files", "raw_path": str(raw.write(folder / "raw"))}
    warehouse = Warehouse(folder, postgres or {})
    warehouse.dbt(
        "build", "--resource-type", "model", "seed", "--select", *(f"+{mart}" for mart in marts),
        variables=source | dict(variables),
    )  # fmt: skip

    def rows(mart: str) -> list[Row]:
        opened: AbstractContextManager[Any] = (
            connect(postgres) if postgres else duckdb.connect(str(warehouse.build_file), read_only=True)
        )
        with opened as connection:
            cursor = connection.cursor()
            cursor.execute(f"select * from marts.{mart}")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, map(in_utc, row), strict=True)) for row in cursor.fetchall()]

    return rows


def in_utc(value: Any) -> Any:
    """Marts hold UTC without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
