"""A copy of a raw file in the contract's dialect, and a record of what had to be done to it.

DuckDB reads files that follow the contract where they lie. Any other (an encoding or delimiter of its own,
rows that do not fit its header, header rows among the data) is read here once, row by row, and written down
as clean UTF-8 for dbt. A row that cannot be told is written with its fault: staging rejects it and counts it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from cx_warehouse.csv_rows import TOO_LONG, UNSEEN, Dialect, Row, bare, rows_of
from cx_warehouse.csv_text import LONGEST_ROW
from cx_warehouse.errors import DataError

FAULT_COLUMNS = ("cx__fault", "cx__line", "cx__text")
"""What staging reads beside the file's own columns (macros/contract/raw_source.sql)."""

REPAIR_COLUMNS = (
    "system",
    "table_name",
    "rule_id",
    "file_line",
    "column_name",
    "before_value",
    "after_value",
)

LINE_END = "\r\n"
"""Python's writer quotes a cell for the characters of its own line end; DuckDB wants both quoted."""

IMPORT_MARKS = ("ImportId", '{"ImportId"')
"""How the last of Qualtrics' header rows begins a cell (METRICS §13 rule 52)."""

HEADER_ROWS = 3
"""Rows after the first among which further header rows are looked for."""


@dataclass(frozen=True)
class Repair:
    """One thing that was done so that the file could be read."""

    rule: str
    line: int | None
    column: str | None
    before: str
    after: str | None


@dataclass
class Reading:
    """What reading one file brought to light."""

    rows: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    repairs: list[Repair] = field(default_factory=list)

    @property
    def words(self) -> str:
        """For people: what was unreadable."""
        return ", ".join(f"{count} rows with {fault}" for fault, count in sorted(self.faults.items()))


@dataclass(frozen=True)
class Header:
    """The columns of a copy, and the places in a row that each is read from."""

    names: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]
    width: int

    @property
    def repeated(self) -> tuple[str, ...]:
        """Columns delivered more than once."""
        return tuple(name for name, places in zip(self.names, self.places, strict=True) if len(places) > 1)


def header_of(cells: Sequence[str], known: frozenset[str]) -> Header:
    """Names without what surrounds them; a column of the contract that stands there twice is one column."""
    names: list[str] = []
    places: list[tuple[int, ...]] = []
    at: dict[str, int] = {}
    for place, cell in enumerate(cells):
        # DuckDB cannot tell the dialect of a file whose header has a line break in a name.
        name = " ".join(cell.splitlines()).strip(UNSEEN) or f"column_{place + 1}"
        if bare(name) in at and bare(name) in known:
            first = at[bare(name)]
            places[first] = (*places[first], place)
            continue
        while bare(name) in at or name in FAULT_COLUMNS:
            name = f"{name}_{place + 1}"
        at[bare(name)] = len(names)
        names.append(name)
        places.append((place,))
    return Header(tuple(names), tuple(places), len(cells))


def write_copy(source: Path, dialect: Dialect, known: frozenset[str], copy: Path | None) -> Reading:
    """Read a file carefully and write its copy, unless no copy is wanted.

    Raises:
        DataError: the file cannot be read, or the copy cannot be written.
    """
    rows = rows_of(source, dialect)
    first = next(rows, None)
    if first is None or first.fault is not None:
        raise DataError(f"{source} has no header row that can be read. Export it again.")
    header = header_of(first.cells, known)
    reading = Reading(repairs=file_repairs(dialect))
    if copy is None:
        for _ in told(rows, first, header, reading):
            pass
        return reading
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator=LINE_END)
            writer.writerow((*header.names, *FAULT_COLUMNS))
            writer.writerows(told(rows, first, header, reading))
    except OSError as error:
        raise DataError(f"The clean copy {copy} of {source} cannot be written: {error.strerror}.") from error
    return reading


def file_repairs(dialect: Dialect) -> list[Repair]:
    """What is done to every row of a file (METRICS §13 rule 50)."""
    repairs = []
    if dialect.encoding.name != "utf-8" or dialect.encoding.fallback:
        repairs.append(Repair("50", None, None, f"encoding {dialect.encoding.words}", "encoding utf-8"))
    if dialect.delimiter != ",":
        repairs.append(Repair("50", None, None, f"delimiter {dialect.delimiter!r}", "delimiter ','"))
    return repairs


def told(rows: Iterator[Row], first: Row, header: Header, reading: Reading) -> Iterator[tuple[str, ...]]:
    """The rows of the copy: the cells, then fault, line and text where a row has a fault."""
    blanks = ("",) * len(header.names)
    sound = ("",) * len(FAULT_COLUMNS)
    for row in without_header_rows(rows, first, reading):
        reading.rows += 1
        fault, cells = row.fault, blanks
        if fault is None:
            fault = fault_of(row, header)
        if fault is None:
            cells, fault = merged(row.cells, header)
        if fault is not None:
            fault = f"unreadable row: {fault}"
            reading.faults[fault.removeprefix("unreadable row: ")] += 1
            yield (*blanks, fault, str(row.line), row.text)
            continue
        if row.had_nul:
            reading.repairs.append(Repair("50", row.line, None, "NUL characters", "left out"))
        yield (*cells, *sound)


def fault_of(row: Row, header: Header) -> str | None:
    """What keeps a row's cells from being the header's columns; missing cells at its end are blank."""
    if len(row.cells) > header.width and any(cell.strip() for cell in row.cells[header.width :]):
        return "more cells than columns"
    size = sum(map(len, row.cells))
    if size > LONGEST_ROW / 8 and len(as_csv(row.cells).encode()) > LONGEST_ROW:
        return TOO_LONG
    return None


def merged(cells: Sequence[str], header: Header) -> tuple[tuple[str, ...], str | None]:
    """A row's cells by the header's columns; a column delivered twice must not say two things."""
    if not header.repeated:
        padded = (*cells, *("",) * (header.width - len(cells)))[: header.width]
        return tuple(padded[place] for (place,) in header.places), None
    values = []
    for name, places in zip(header.names, header.places, strict=True):
        found = [cells[place] for place in places if place < len(cells) and cells[place].strip()]
        if len({cell.strip() for cell in found}) > 1:
            return (), f"two values for the column {bare(name)}, which stands there twice"
        values.append(found[0] if found else "")
    return tuple(values), None


def without_header_rows(rows: Iterator[Row], first: Row, reading: Reading) -> Iterator[Row]:
    """The rows of data; further header rows are left out and recorded (METRICS §13 rule 52)."""
    ahead = list(islice(rows, HEADER_ROWS))
    marked = [number for number, row in enumerate(ahead) if is_import_row(row)]
    headers = marked[-1] + 1 if marked else 0
    for row in ahead[:headers]:
        reading.repairs.append(Repair("52", row.line, None, as_csv(row.cells), None))
    for row in chain(ahead[headers:], rows):
        if not is_repeated(row, first, reading):
            yield row


def is_import_row(row: Row) -> bool:
    """Whether a row is the last of Qualtrics' three header rows."""
    return any(cell.strip().startswith(IMPORT_MARKS) for cell in row.cells)


def is_repeated(row: Row, first: Row, reading: Reading) -> bool:
    """Whether a row says the header once more, as files put together from several do."""
    if row.fault is not None or row.cells != first.cells:
        return False
    reading.repairs.append(Repair("52", row.line, None, as_csv(row.cells), None))
    return True


def as_csv(cells: Sequence[str]) -> str:
    """Cells as one line."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def start_repairs(folder: Path) -> None:
    """`repairs.csv` beside the copies, which `quality.repaired_rows` reads: a header to begin with.

    Raises:
        DataError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "repairs.csv").write_text(",".join(REPAIR_COLUMNS) + LINE_END, encoding="utf-8", newline="")
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}.") from error


def append_repairs(folder: Path, system: str, table: str, repairs: Sequence[Repair]) -> None:
    """Record what was done to one table's file.

    Raises:
        DataError: it cannot be written.
    """
    try:
        with (folder / "repairs.csv").open("a", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator=LINE_END).writerows(
                (system, table, one.rule, one.line, one.column, one.before, one.after) for one in repairs
            )
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}.") from error
