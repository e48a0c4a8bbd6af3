"""dbt inside the test process: one import for the whole session, one build file for each warehouse."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the time of a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass(frozen=True)
class Warehouse:
    """A place to build in: a folder for the build file and dbt's own files, or a PostgreSQL server."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def build_file(self) -> Path:
        """The DuckDB file a DuckDB target builds."""
        return self.folder / "build.duckdb"

    def dbt(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Run one dbt command; fails the test with dbt's own messages when the command fails."""
        messages: list[str] = []

        def listen(event: Any) -> None:
            if event.info.level in ("error", "warn"):
                messages.append(event.info.msg)

        call = [
            *arguments,
            "--project-dir", str(PROJECT),
            "--profiles-dir", str(PROJECT),
            "--target-path", str(self.folder / "target"),
            "--log-path", str(self.folder / "logs"),
            "--quiet",
        ]  # fmt: skip
        if variables is not None:
            call += ["--vars", json.dumps(dict(variables))]
        with environment({"CX_BUILD_FILE": str(self.build_file), **self.environment}):
            result = dbtRunner(callbacks=[listen]).invoke(call)
        # dbt keeps its DuckDB file open for the next command; a test wants to read it.
        DuckDBConnectionManager.close_all_connections()
        assert result.success, "\n".join([str(result.exception or ""), *messages])
        return result.result

    def select(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query that may use the project's macros."""
        shown = self.dbt("show", "--inline", sql, "--limit", "-1")
        table = shown.results[0].agate_table
        return [dict(zip(table.column_names, row.values(), strict=True)) for row in table.rows]
