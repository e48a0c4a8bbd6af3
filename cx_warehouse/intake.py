"""A look at raw files without loading them: what is there, what is missing, what each table will feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import jinja2

from cx_warehouse.contract import RawTable, raw_contract
from cx_warehouse.display import Table
from cx_warehouse.errors import DataError, WrongUse, first_sentence
from cx_warehouse.lineage import marts_fed_by
from cx_warehouse.project import PROJECT_DIR

ENDINGS = ("parquet", "csv", "csv.gz")


@dataclass(frozen=True)
class RawFile:
    """One file that is a table of the contract."""

    table: RawTable
    path: Path
    columns: tuple[str, ...]
    rows: int | None
    problem: str | None

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that the contract does not know."""
        known = {column.name for column in self.table.columns}
        return tuple(name for name in self.columns if name.strip().lower() not in known)

    @property
    def absent(self) -> tuple[str, ...]:
        """Optional columns that are not there and will be null."""
        there = {name.strip().lower() for name in self.columns}
        return tuple(column.name for column in self.table.columns if column.name not in there)


@dataclass(frozen=True)
class Intake:
    """What a folder holds."""

    directory: Path
    files: tuple[RawFile, ...]
    unknown: tuple[Path, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about what would stop a build."""
        return tuple(file.problem for file in self.files if file.problem)


def look(directory: Path, *, is_counting: bool) -> Intake:
    """What lies in a folder of raw files; rows are counted only on request, for they cost a scan.

    Raises:
        WrongUse: no file in it is a table of the contract.
    """
    contract = {(table.system, table.name): table for table in raw_contract()}
    known: list[tuple[RawTable, Path]] = []
    unknown: list[Path] = []
    for path in files_below(directory):
        table = contract.get(name_of(path.relative_to(directory)))
        if table is None:
            unknown.append(path.relative_to(directory))
        else:
            known.append((table, path))
    if not known:
        looked_for = ", ".join(table.label for table in raw_contract())
        raise WrongUse(
            f"No raw table was found under {directory}. Looked for <system>/<table>.parquet, .csv or "
            f".csv.gz of {looked_for}."
        )
    seen: dict[str, Path] = {}
    files = []
    with duckdb.connect() as connection:
        for table, path in known:
            file = look_at_file(connection, table, path, is_counting=is_counting)
            if table.label in seen:
                problem = (
                    f"Raw table {table.label} is there more than once: {seen[table.label]}, {path}. "
                    "Keep one of them."
                )
                file = RawFile(table, path, file.columns, file.rows, problem)
            seen.setdefault(table.label, path)
            files.append(file)
    return Intake(directory, tuple(files), tuple(unknown))


def files_below(directory: Path) -> Iterator[Path]:
    """Every file below a folder, by path."""
    return (path for path in sorted(directory.rglob("*")) if path.is_file())


def name_of(path: Path) -> tuple[str, str]:
    """The (system, table) that a relative path says; empty parts where it says none."""
    for ending in ENDINGS:
        if path.name.endswith(f".{ending}") and len(path.parts) == 2:
            return path.parts[0], path.name.removesuffix(f".{ending}")
    return "", ""


def look_at_file(
    connection: duckdb.DuckDBPyConnection, table: RawTable, path: Path, *, is_counting: bool
) -> RawFile:
    """One file's columns and rows, and what would stop a build that reads it."""
    scan = file_scan(str(path))
    try:
        described = connection.execute(f"describe select * from {scan}").fetchall()  # noqa: S608
        columns = tuple(str(row[0]) for row in described)
        rows = None
        if is_counting:
            counted = connection.execute(f"select count(*) from {scan}").fetchone()  # noqa: S608
            rows = int(counted[0]) if counted else 0
    except duckdb.Error as error:
        return RawFile(table, path, (), None, f"{path} cannot be read: {first_sentence(error)}.")
    there = {name.strip().lower() for name in columns}
    missing = [name for name in table.required if name not in there]
    problem = None
    if missing:
        problem = (
            f"{path} has no column {' and no column '.join(missing)}, which is required. "
            f"Found: {', '.join(columns)}."
        )
    return RawFile(table, path, columns, rows, problem)


class _Given(Exception):
    """Carries what a dbt macro returns."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


def _give(value: str) -> None:
    raise _Given(value)


@cache
def adapter_macros() -> object:
    """The macros of raw_files.sql: the dialect of raw files is declared there and only there."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701
    source = (PROJECT_DIR / "macros" / "adapters" / "raw_files.sql").read_text(encoding="utf-8")
    return environment.from_string(source, globals={"return": _give}).module


def file_scan(path: str) -> str:
    """The SQL that reads a raw file, as dbt will read it."""
    try:
        adapter_macros().raw_file_scan(path)  # type: ignore[attr-defined]
    except _Given as given:
        return given.value
    raise AssertionError("the macro raw_file_scan returns nothing")


def raise_on_problems(intake: Intake) -> None:
    """Stop before a build that could not succeed.

    Raises:
        DataError: with the first problem's sentence, and how many more there are.
    """
    if intake.problems:
        others = len(intake.problems) - 1
        more = f" ({others} more: cx intake {intake.directory})" if others else ""
        raise DataError(intake.problems[0] + more)


def intake_tables(intake: Intake) -> list[Table]:
    """What was seen, as tables to show."""
    tables = [
        Table(
            f"Raw tables in {intake.directory}",
            ("table", "file", "rows", "columns", "ignored columns", "absent columns", "feeds"),
            [
                (
                    file.table.label,
                    str(file.path.relative_to(intake.directory)),
                    file.rows,
                    len(file.columns),
                    ", ".join(file.ignored),
                    ", ".join(file.absent),
                    ", ".join(marts_fed_by(file.table.model)),
                )
                for file in intake.files
            ],
            frozenset({"rows", "columns"}),
        )
    ]
    there = {file.table.label for file in intake.files}
    absent = [table for table in raw_contract() if table.label not in there]
    if absent:
        tables.append(
            Table(
                "Tables that are not there (their marts will be empty, which is no error)",
                ("table", "would feed"),
                [(table.label, ", ".join(marts_fed_by(table.model))) for table in absent],
            )
        )
    if intake.unknown:
        tables.append(
            Table(
                "Files that are no table of the contract and stay unread",
                ("file",),
                [(str(path),) for path in intake.unknown],
            )
        )
    return tables
