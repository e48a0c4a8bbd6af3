"""Reading a release: rows of its marts with the address of every number, whatever marts are there."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import duckdb

# The column that holds a number of rows.
COUNTED = "rows"
Scalar = str | int | float | bool | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Span:
    """A filter: from this value (with it) to that (without it)."""

    start: dt.date | float
    end: dt.date | float


Filter = Scalar | Span | Sequence[Scalar]


@dataclass(frozen=True)
class Source:
    """Where a row was read: the mart and the values of its key."""

    mart: str
    key: tuple[tuple[str, Scalar], ...]

    @property
    def address(self) -> str:
        """The mart and key as one string, `kpi_nps?programme=relational&period_grain=month…`."""
        filled = [(name, plain(value)) for name, value in self.key if value is not None]
        return f"{self.mart}?{urlencode(filled)}" if filled else self.mart


@dataclass(frozen=True)
class Row:
    """One row of a mart; a column the release does not have reads as null."""

    source: Source
    values: Mapping[str, Scalar]

    def text(self, column: str) -> str:
        """The value as text, empty when null."""
        value = self.values.get(column)
        return "" if value is None else str(value)

    def number(self, column: str) -> float | None:
        """The value as a number, null when null, not a number or infinite."""
        value = self.values.get(column)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        number = float(value)
        return number if abs(number) < float("inf") else None

    def count(self, column: str) -> int | None:
        """The value as a whole number, null when null."""
        number = self.number(column)
        return None if number is None else int(number)

    def flag(self, column: str) -> bool:
        """The value as a flag, false when null."""
        return self.values.get(column) is True

    def date(self, column: str) -> dt.date | None:
        """The value as a date, null when null."""
        value = self.values.get(column)
        if isinstance(value, dt.datetime):
            return value.date()
        return value if isinstance(value, dt.date) else None


class Release:
    """A published warehouse, opened read-only."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, identity: str) -> None:
        """Look once at what the release holds."""
        self.identity = identity
        self._connection = connection
        self._columns: dict[str, set[str]] = {}
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where table_schema in ('marts', 'quality')"
        ).fetchall():
            self._columns.setdefault(f"{schema}.{table}", set()).add(column)

    def has(self, mart: str, *columns: str) -> bool:
        """Whether the mart (of schema `marts`, or `quality.<table>`) has all these columns."""
        return set(columns) <= self._columns.get(qualified(mart), set()) and bool(
            self._columns.get(qualified(mart))
        )

    def columns(self, mart: str) -> set[str]:
        """The names of the mart's columns; empty when the release does not have it."""
        return set(self._columns.get(qualified(mart), set()))

    def count(self, mart: str) -> int:
        """How many rows the mart has; none when it is absent."""
        table = qualified(mart)
        if table not in self._columns:
            return 0
        schema, name = table.split(".")
        found = self._connection.execute(f'select count(*) from "{schema}"."{name}"').fetchone()  # noqa: S608 - catalogue
        return int(found[0]) if found else 0

    def tables(self) -> list[str]:
        """The names of all tables, marts first."""
        return sorted(self._columns)

    def newest(self, mart: str, column: str) -> dt.datetime | None:
        """The latest instant in a column; none when it is not there or holds none."""
        if not self.has(mart, column):
            return None
        schema, name = qualified(mart).split(".")
        found = self._connection.execute(
            f'select max("{column}") from "{schema}"."{name}"'  # noqa: S608 - names of the catalogue
        ).fetchone()
        return found[0] if found and isinstance(found[0], dt.datetime) else None

    def any(self, mart: str, where: Mapping[str, Filter]) -> bool:
        """Whether the mart has a row of this filter."""
        key = sorted(set(where) & self.columns(mart))
        return bool(self.rows(mart, (), key, where, limit=1))

    def counts(
        self, mart: str, groups: Sequence[str], where: Mapping[str, Filter] | None = None
    ) -> list[Row]:
        """How many rows each group has, in the column `rows`, in the order of the groups."""
        return self.rows(mart, (), groups, where, is_counted=True)

    def rows(
        self,
        mart: str,
        columns: Sequence[str],
        key: Sequence[str],
        where: Mapping[str, Filter] | None = None,
        *,
        limit: int | None = None,
        is_counted: bool = False,
    ) -> list[Row]:
        """Rows of a mart in the order of their key; none when the mart or a filtered column is absent.

        A list in `where` means any of its values. Counted, there is one row for each key with the number of
        its rows in the column `rows`.
        """
        table = qualified(mart)
        there = self._columns.get(table)
        filters = where or {}
        if not there or not set(filters) <= there:
            return []
        wanted = [name for name in dict.fromkeys([*key, *columns]) if name in there]
        conditions: list[str] = []
        arguments: list[Scalar] = []
        for name, value in filters.items():
            if isinstance(value, (list, tuple, set, frozenset)):
                marks = ", ".join("?" for _ in value)
                conditions.append(f'"{name}" in ({marks})' if marks else "false")
                arguments.extend(value)
            elif isinstance(value, Span):
                conditions.append(f'"{name}" >= ? and "{name}" < ?')
                arguments.extend((value.start, value.end))
            else:
                conditions.append(f'"{name}" = ?')
                arguments.append(value)  # type: ignore[arg-type]  # the others are above
        schema, name = table.split(".")
        fields = [f'"{name}"' for name in wanted]
        sql = "select {} from {}.{}{}{}{}{}".format(  # noqa: S608 - names come from the catalogue
            ", ".join([*fields, 'count(*) as "rows"'] if is_counted else fields or ["1"]),
            f'"{schema}"',
            f'"{name}"',
            f" where {' and '.join(conditions)}" if conditions else "",
            f" group by {', '.join(fields)}" if is_counted and fields else "",
            " order by all",
            "" if limit is None else f" limit {limit:d}",
        )
        found = self._connection.execute(sql, arguments).fetchall()
        wanted = wanted if fields or is_counted else ["_"]
        if is_counted:
            wanted = [*wanted, COUNTED]
        keys = [name for name in key if name in there]
        result = []
        for values in found:
            row = dict(zip(wanted, (simple(value) for value in values), strict=True))
            address = tuple((name, row[name]) for name in keys)
            source = Source(mart, address + (filter_key(filters) if is_counted else ()))
            result.append(Row(source, row))
        return result


def qualified(mart: str) -> str:
    """The name with its schema; a bare name is a mart."""
    return mart if "." in mart else f"marts.{mart}"


def filter_key(filters: Mapping[str, Filter]) -> tuple[tuple[str, Scalar], ...]:
    """A filter as a part of an address: a counted row is addressed by what was counted."""
    parts: list[tuple[str, Scalar]] = []
    for name, value in filters.items():
        if isinstance(value, Span):
            parts += [(f"{name}.from", value.start), (f"{name}.before", value.end)]
        elif isinstance(value, (list, tuple, set, frozenset)):
            parts.append((f"{name}.in", ",".join(plain(one) for one in value)))
        else:
            parts.append((name, value))  # type: ignore[arg-type]  # the others are above
    return tuple(parts)


def simple(value: object) -> Scalar:
    """A database value as one of the few types the report handles."""
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, (str, int, float, bool, dt.date, dt.datetime)):
        return value
    return str(value)


# Letters of a name that a page prints, and of any other text that is not ours: nobody could open a page with
# 200,000 letters in each row. The whole stands in the mart.
NAME_LETTERS, TEXT_LETTERS = 80, 600


def shortened(text: str, most: int = NAME_LETTERS) -> str:
    """A text without its middle where it is longer; names often differ at their ends."""
    kept = most // 5
    return text if len(text) <= most else f"{text[: most - kept - 1]}…{text[-kept:]}"


def plain(value: Scalar) -> str:
    """A key's value as text, dates in ISO form."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else shortened(str(value))


def content_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """Identity of what the release says: of the rows of its measures, not of the file's bytes.

    Two builds of the same input give the same rows but not the same pages of the database file.
    """
    digest = hashlib.sha256()
    for (table,) in connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' "
        "and (table_name like 'kpi~_%' escape '~' or table_name like 'dim~_%' escape '~') order by 1"
    ).fetchall():
        # Sum of row hashes: the order in which rows are stored does not matter.
        found = connection.execute(
            f'select count(*), sum(cast(hash(one) as hugeint)) from marts."{table}" as one'  # noqa: S608 - catalogue
        ).fetchone()
        digest.update(f"{table}:{found}".encode())
    return digest.hexdigest()[:16]


def release_id(connection: duckdb.DuckDBPyConnection) -> str | None:
    """What the release calls itself, where it does."""
    found = connection.execute(
        "select 1 from information_schema.columns where table_schema = 'quality' "
        "and table_name = 'release' and column_name = 'release_id'"
    ).fetchone()
    row = found and connection.execute("select min(release_id) from quality.release").fetchone()
    return str(row[0]) if row and row[0] is not None else None


@contextmanager
def opened(path: Path) -> Iterator[Release]:
    """The release of this file, closed again afterwards.

    Times without a zone are read as they stand: the session's zone is UTC, whatever the machine's.
    """
    connection = duckdb.connect(str(path), read_only=True)
    try:
        connection.execute("set timezone = 'UTC'")
        yield Release(connection, release_id(connection) or content_hash(connection))
    finally:
        connection.close()
