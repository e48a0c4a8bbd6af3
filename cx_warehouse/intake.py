"""A look at raw files without loading them: what is there, what is missing, what each table will feed."""

from __future__ import annotations

import difflib
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

import duckdb
import jinja2

from cx_warehouse.clean_copy import (
    IMPORT_MARKS,
    Reading,
    append_repairs,
    header_of,
    start_repairs,
    write_copy,
)
from cx_warehouse.contract import RawTable, raw_contract
from cx_warehouse.csv_rows import Dialect, Row, bare, dialect_of, rows_in
from cx_warehouse.csv_text import encoding_of, head_of
from cx_warehouse.display import Table
from cx_warehouse.errors import DataError, WrongUse, first_sentence
from cx_warehouse.lineage import marts_fed_by
from cx_warehouse.project import PROJECT_DIR

ENDINGS = ("parquet", "csv", "csv.gz")


SAMPLED_ROWS = 20_000
"""Rows of a large file that DuckDB must be able to read before it is left where it lies."""

SHOWN_FILES = 20
SHOWN_NAMES = 4
SHOWN_COLUMNS = 80
SHOWN_LETTERS = 40

PATTERN_CHARACTERS = frozenset("*?[{")
"""What DuckDB would read as a pattern in a path."""


@dataclass(frozen=True)
class RawFile:
    """One file that is a table of the contract.

    `dialect` is none for Parquet. A file that is not `is_clean` is read through a copy; `reading` says what
    reading it brought to light, where that was asked for.
    """

    table: RawTable
    path: Path
    columns: tuple[str, ...]
    rows: int | None
    problem: str | None
    dialect: Dialect | None = None
    is_clean: bool = True
    reading: Reading | None = None

    @property
    def format(self) -> str:
        """What it was found to be, for people."""
        if self.dialect is None:
            return "Parquet" if self.path.suffix == ".parquet" else "unreadable"
        parts = [] if self.dialect.is_contract else [self.dialect.words]
        if self.reading is not None:
            parts += [f"{len(self.reading.repairs)} repairs"] if self.reading.repairs else []
            parts += [self.reading.words] if self.reading.faults else []
        return "; ".join(["CSV", *parts])

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that the contract does not know."""
        known = {column.name for column in self.table.columns}
        return tuple(name for name in self.columns if bare(name) not in known)

    @property
    def absent(self) -> tuple[str, ...]:
        """Optional columns that are not there and will be null."""
        there = {bare(name) for name in self.columns}
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


def look(directory: Path, *, is_counting: bool, encoding: str | None = None) -> Intake:
    """What lies in a folder of raw files; rows are counted only on request, for they cost a scan.

    `encoding` is what the user declares CSV files to be written in; without it, each file is looked at.

    Raises:
        WrongUse: no file in it is a table of the contract.
    """
    contract = {(table.system, table.name): table for table in raw_contract()}
    known: list[tuple[RawTable, Path]] = []
    unknown: list[Path] = []
    for path in entries_below(directory):
        table = contract.get(name_of(path.relative_to(directory)))
        if table is not None:
            known.append((table, path))
        elif path.is_file():
            unknown.append(path.relative_to(directory))
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
            file = look_at_file(connection, table, path, is_counting=is_counting, encoding=encoding)
            if table.label in seen:
                problem = (
                    f"Raw table {table.label} is there more than once: {seen[table.label]}, {path}. "
                    "Keep one of them."
                )
                file = RawFile(table, path, file.columns, file.rows, problem)
            seen.setdefault(table.label, path)
            files.append(file)
    return Intake(directory, tuple(files), tuple(unknown))


def entries_below(directory: Path) -> list[Path]:
    """Everything below a folder, by path; folders of systems may be links to others."""
    return sorted({*directory.rglob("*"), *directory.glob("*/*")})


def files_below(directory: Path) -> Iterator[Path]:
    """Every file below a folder, by path."""
    return (path for path in entries_below(directory) if path.is_file())


def name_of(path: Path) -> tuple[str, str]:
    """The (system, table) that a relative path says; empty parts where it says none."""
    for ending in ENDINGS:
        if path.name.endswith(f".{ending}") and len(path.parts) == 2:
            return path.parts[0], path.name.removesuffix(f".{ending}")
    return "", ""


def look_at_file(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    path: Path,
    *,
    is_counting: bool,
    encoding: str | None,
) -> RawFile:
    """One file's columns and rows, and what would stop a build that reads it."""
    if not path.is_file():
        # The database would wait for a pipe, and read a device, for ever.
        problem = (
            f"{path} is no file but a folder, a pipe, a device or a link that leads nowhere. "
            "Put the table's file in its place, or remove it."
        )
        return RawFile(table, path, (), None, problem)
    try:
        if path.suffix == ".parquet":
            file = look_at_parquet(connection, table, path, is_counting=is_counting)
        else:
            file = look_at_csv(connection, table, path, is_counting=is_counting, encoding=encoding)
    except DataError as error:
        return RawFile(table, path, (), None, error.message)
    if file.problem is None:
        there = {bare(name) for name in file.columns}
        missing = [name for name in table.required if name not in there]
        if missing:
            problem = (
                f"{path} has no column {' and no column '.join(missing)}, which is required. "
                f"Found: {named(file.columns)}. Add the column or rename the one that holds it."
            )
            return replace(file, problem=problem)
    return file


def named(columns: tuple[str, ...]) -> str:
    """Columns as a sentence can hold them: on one line, long names cut, for a broken header swallows data."""
    names = [" ".join(name.split()) for name in columns[:SHOWN_COLUMNS]]
    names = [name if len(name) <= SHOWN_LETTERS else f"{name[:SHOWN_LETTERS]}…" for name in names]
    more = len(columns) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def look_at_parquet(
    connection: duckdb.DuckDBPyConnection, table: RawTable, path: Path, *, is_counting: bool
) -> RawFile:
    """What a Parquet file says of itself."""
    scan = file_scan(str(path))
    try:
        columns = described_columns(connection, scan)
        rows = counted_rows(connection, scan) if is_counting else None
    except duckdb.Error as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {first_sentence(error)}. Export it again."
        ) from error
    return RawFile(table, path, columns, rows, None)


def look_at_csv(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    path: Path,
    *,
    is_counting: bool,
    encoding: str | None,
) -> RawFile:
    """A CSV file's dialect and columns, and whether DuckDB can read it where it lies.

    Raises:
        DataError: it holds no header that can be read.
    """
    known = frozenset(column.name for column in table.columns)
    found = encoding_of(path, encoding, is_whole=False)
    head, is_all = head_of(path, found)
    dialect = dialect_of(head, found, known)
    first_rows = list(islice(rows_in(io.StringIO(head, newline=""), dialect), 4))
    if not first_rows:
        raise DataError(
            f"{path} is empty: it has no header row. Export it again, or remove it if there is nothing "
            "to load."
        )
    first = first_rows[0]
    if first.fault is not None:
        raise DataError(f"{path}, line {first.line}: the header has {first.fault}. Export it again.")
    if is_binary(head):
        raise DataError(f"{path} is no text file. Export it as CSV in UTF-8, or as Parquet.")
    header = header_of(first.cells, known)
    if is_clean(connection, path, dialect, head, first_rows, known, is_all=is_all):
        rows = counted_rows(connection, file_scan(str(path))) if is_counting else None
        return RawFile(table, path, header.names, rows, None, dialect)
    if encoding is None:
        dialect = replace(dialect, encoding=encoding_of(path, None, is_whole=True))
    file = RawFile(table, path, header.names, None, None, dialect, is_clean=False)
    if is_counting:
        reading = write_copy(path, dialect, known, None)
        return replace(file, rows=reading.rows, reading=reading)
    return file


def is_clean(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    dialect: Dialect,
    head: str,
    first_rows: list[Row],
    known: frozenset[str],
    *,
    is_all: bool,
) -> bool:
    """Whether the contract's scan reads a file as it stands: all of a small one, the start of a large one.

    What lies deeper in a large file is not read twice; the build falls back on a copy when it meets it.
    """
    first, *following = first_rows
    header = header_of(first.cells, known)
    if (
        not dialect.is_contract
        or header.repeated
        or header.width != len(header.names)
        or "\0" in head
        or any(cell.strip().startswith(IMPORT_MARKS) for row in following for cell in row.cells)
        or head.count(first.text) > 1
    ):
        return False
    scan = file_scan(str(path))
    sample = scan if is_all else f"(select * from {scan} limit {SAMPLED_ROWS})"  # noqa: S608 - a scan
    try:
        width = len(described_columns(connection, scan))
        connection.execute(f"select count(columns(*)) from {sample}").fetchall()  # noqa: S608 - a scan
    except duckdb.Error:
        return False
    return width == header.width


def is_binary(head: str) -> bool:
    """Whether the start of a file is full of characters that no text has."""
    sample = head[:10_000]
    strange = sum(character < " " and character not in "\t\r\n\0" for character in sample)
    strange += sum("\ud800" <= character <= "\udfff" for character in sample)
    return strange > 0.02 * len(sample) and strange > 3


def described_columns(connection: duckdb.DuckDBPyConnection, scan: str) -> tuple[str, ...]:
    """The columns DuckDB sees."""
    described = connection.execute(f"describe select * from {scan}").fetchall()  # noqa: S608 - a scan
    return tuple(str(row[0]) for row in described)


def counted_rows(connection: duckdb.DuckDBPyConnection, scan: str) -> int:
    """The rows DuckDB sees."""
    counted = connection.execute(f"select count(*) from {scan}").fetchone()  # noqa: S608 - a scan
    return int(counted[0]) if counted else 0


def write_copies(intake: Intake, folder: Path) -> list[RawFile]:
    """Clean copies of the files that need one, and `repairs.csv`; what lay there before is removed.

    Raises:
        DataError: a file cannot be read, or a copy cannot be written.
    """
    if PATTERN_CHARACTERS & set(str(folder)) and not all(file.is_clean for file in intake.files):
        raise DataError(
            f"{folder} has one of the characters * ? [ {{ in its path, which would be read as a pattern; "
            "choose another --to."
        )
    shutil.rmtree(folder, ignore_errors=True)
    start_repairs(folder)
    copied = []
    for file in intake.files:
        if file.is_clean or file.dialect is None:
            continue
        known = frozenset(column.name for column in file.table.columns)
        copy = folder / file.table.system / f"{file.table.name}.csv"
        reading = write_copy(file.path, file.dialect, known, copy)
        append_repairs(folder, file.table.system, file.table.name, reading.repairs)
        copied.append(replace(file, reading=reading))
    return copied


def copy_of_model(directory: Path, model: str, folder: Path, encoding: str | None) -> RawFile | None:
    """A clean copy of the one CSV file that a staging model reads; none where there is no such file.

    Raises:
        DataError: the file cannot be read, or the copy cannot be written.
    """
    table = next((table for table in raw_contract() if table.model == model), None)
    if table is None or (folder / table.system / f"{table.name}.csv").exists():
        return None
    paths = [directory / table.system / f"{table.name}.{ending}" for ending in ENDINGS[1:]]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return None
    known = frozenset(column.name for column in table.columns)
    written = encoding_of(path, encoding, is_whole=True)
    dialect = dialect_of(head_of(path, written)[0], written, known)
    reading = write_copy(path, dialect, known, folder / table.system / f"{table.name}.csv")
    append_repairs(folder, table.system, table.name, reading.repairs)
    return RawFile(table, path, (), reading.rows, None, dialect, is_clean=False, reading=reading)


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
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 - SQL
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
            ("table", "file", "rows", "columns", "format", "ignored columns", "absent columns", "feeds"),
            [
                (
                    file.table.label,
                    str(file.path.relative_to(intake.directory)),
                    file.rows,
                    len(file.columns),
                    file.format,
                    few(file.ignored),
                    few(file.absent),
                    few(marts_fed_by(file.table.model)),
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
                [(table.label, few(marts_fed_by(table.model))) for table in absent],
            )
        )
    if intake.unknown:
        tables.append(
            Table(
                f"Files that are no table of the contract and stay unread: {len(intake.unknown)}",
                ("file", "perhaps"),
                [(str(path), meant(path)) for path in intake.unknown[:SHOWN_FILES]],
            )
        )
    return tables


def few(names: Sequence[str]) -> str:
    """The first names, and how many more there are: a table of customers feeds nearly every mart."""
    shown = [name if len(name) <= SHOWN_LETTERS else f"{name[: SHOWN_LETTERS - 1]}…" for name in names]
    more = len(shown) - SHOWN_NAMES
    return ", ".join(shown) if more <= 1 else f"{', '.join(shown[:SHOWN_NAMES])} and {more} more"


def meant(path: Path) -> str:
    """The table a file outside the contract was perhaps meant to be."""
    said = f"{path.parent.name}.{path.name.split('.')[0]}".lower()
    near = difflib.get_close_matches(said, [table.label for table in raw_contract()], n=1, cutoff=0.8)
    return near[0] if near else ""
