"""Raw tables written by hand for a test: rows in, a folder of CSV files out."""

import csv
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any


class RawFolder:
    """Rows of raw tables, kept until they are written as `<system>/<table>.csv`."""

    def __init__(self) -> None:
        """Start with no table at all."""
        self._rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)

    def add(self, system: str, table: str, **row: Any) -> None:
        """Add one row; None is an empty value."""
        self._rows[system, table].append(row)

    def count(self, system: str, table: str) -> int:
        """Rows added to a table, for keys."""
        return len(self._rows[system, table])

    def tables(self) -> list[tuple[tuple[str, str], list[dict[str, Any]]]]:
        """Each table with its rows."""
        return list(self._rows.items())

    def write(self, folder: Path) -> Path:
        """Write every table; gives the folder."""
        for (system, table), rows in self._rows.items():
            columns = list(dict.fromkeys(name for row in rows for name in row))
            path = folder / system / f"{table}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
        return folder

    def load(self, cursor: Any) -> list[str]:
        """Write every table as text into the schemas raw_<system> of PostgreSQL, alone; gives the schemas.

        The texts have a length, as loaders give them one.
        """
        drop_raw_schemas(cursor)
        schemas = sorted({f"raw_{system}" for system, _ in self._rows})
        for schema in schemas:
            cursor.execute(f"create schema {schema}")
        for (system, table), rows in self._rows.items():
            columns = list(dict.fromkeys(name for row in rows for name in row))
            declared = ", ".join(f"{name} varchar(4000)" for name in columns)
            cursor.execute(f"create table raw_{system}.{table} ({declared})")
            file = StringIO()
            csv.DictWriter(file, columns, restval="").writerows(rows)
            file.seek(0)
            cursor.copy_expert(f"copy raw_{system}.{table} from stdin with (format csv)", file)
        return schemas


def drop_raw_schemas(cursor: Any) -> None:
    """Remove what an earlier test loaded into the schemas raw_<system> of PostgreSQL."""
    cursor.execute("select nspname from pg_namespace where nspname like 'raw\\_%'")
    for (schema,) in cursor.fetchall():
        cursor.execute(f"drop schema {schema} cascade")
