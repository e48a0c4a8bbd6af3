"""The rows of a CSV file of any dialect: those that can be told, and those that cannot, with the reason."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cx_warehouse.csv_text import LONGEST_ROW, Encoding, opened, text_lines

DELIMITERS = (",", ";", "\t", "|")
KEPT_CHARACTERS = 1 << 20
"""How much of a row that cannot be told is kept."""

LONGEST_CELL_IN_LINES = 10_000
"""A quoted cell with more lines is a quote that was never closed."""

TOO_LONG = "more than 16 MB"

FAULTS = {
    "unexpected end of data": "a quote that is never closed",
    "field larger": TOO_LONG,
    "": "a quote in the wrong place",
}
"""What is wrong, by what Python's reader says."""

UNDECODED = re.compile("[\ud800-\udfff]")

UNSEEN = "\ufeff\u200b\u200e\u200f\xa0 \t\r\n\0"
"""What surrounds a column's name without being seen."""


@dataclass(frozen=True)
class Dialect:
    """How text becomes cells."""

    encoding: Encoding
    delimiter: str
    escape: str | None = None

    @property
    def is_contract(self) -> bool:
        """Whether DuckDB's scan of raw files reads it as it is."""
        return self == Dialect(Encoding("utf-8"), ",")

    @property
    def words(self) -> str:
        """For people."""
        parts = [] if self.encoding == Encoding("utf-8") else [self.encoding.words]
        parts += [] if self.delimiter == "," else [f"delimiter {self.delimiter!r}"]
        parts += [f"escape {self.escape}"] if self.escape else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Row:
    """One record: its cells, or the fault that kept them from being told."""

    line: int
    cells: Sequence[str]
    fault: str | None = None
    source: Sequence[str] = ()
    had_nul: bool = False

    @property
    def text(self) -> str:
        """The row as delivered, as far as it can be kept: without its end and what cannot be written."""
        text = "".join(self.source).rstrip("\r\n").replace("\0", "")[:KEPT_CHARACTERS]
        return UNDECODED.sub("\ufffd", text)


def rows_of(path: Path, dialect: Dialect) -> Iterator[Row]:
    """The rows of a file after `sep=`, blank lines left out."""
    with opened(path) as stream:
        yield from rows_in(text_lines(stream, dialect.encoding), dialect)


class _Lines:
    """Lines that can be given back: after a fault, reading goes on with the line after the first."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.ahead = lines
        self.returned: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0
        self.had_nul = False
        self.has_no_letters = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= LONGEST_CELL_IN_LINES:
            raise StopIteration
        line = self.returned.popleft() if self.returned else next(self.ahead)
        self.taken.append(line)
        if "\0" in line:
            self.had_nul = True
            line = line.replace("\0", "")
        if not line.isascii() and UNDECODED.search(line):
            self.has_no_letters = True
        return line

    def begin_row(self) -> None:
        self.number += len(self.taken)
        self.taken = []
        self.had_nul = False
        self.has_no_letters = False

    def give_back_all_but_first(self) -> str:
        first, *others = self.taken
        self.returned.extendleft(reversed(others))
        self.taken = [first]
        return first


def rows_in(lines: Iterator[str], dialect: Dialect) -> Iterator[Row]:
    """Rows from physical lines.

    A row with a quote in the wrong place is a fault of its first line; the following line starts anew, so
    that one bad quote does not swallow the rest of the file.
    """
    csv.field_size_limit(LONGEST_ROW)
    source = _Lines(lines)
    reader = new_reader(source, dialect)
    while True:
        source.begin_row()
        line = source.number + 1
        cells: Sequence[str] = ()
        fault = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = next(words for sign, words in FAULTS.items() if sign in str(error))
        if fault is None and sum(map(len, cells)) > LONGEST_ROW:
            fault = TOO_LONG
        if fault is None and source.has_no_letters:
            fault = f"bytes that are no letters in {dialect.encoding.name}"
        if fault is not None:
            text = source.give_back_all_but_first()
            reader = new_reader(source, dialect)
            yield Row(line, (), fault, (text,))
        elif line == 1 and is_separator_line(cells, source.taken[0]):
            continue
        elif cells and (len(cells) > 1 or cells[0].strip(UNSEEN)):
            yield Row(line, cells, had_nul=source.had_nul, source=tuple(source.taken))


def new_reader(lines: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    """Python's own reader, strict, for one dialect."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar='"',
        doublequote=True,
        escapechar=dialect.escape,
        skipinitialspace=dialect.delimiter != "\t",
        strict=True,
    )


def is_separator_line(cells: Sequence[str], line: str) -> bool:
    """Whether the first line is Excel's `sep=;`, which names the delimiter."""
    return bool(re.fullmatch(r"sep=.[\r\n]*", line.strip(UNSEEN))) and len(cells) <= 2


def dialect_of(head: str, encoding: Encoding, known: frozenset[str]) -> Dialect:
    """The delimiter under which the header names most columns of the contract, and how quotes are escaped."""
    named = re.match(r"sep=(.)[\r\n]", head)
    delimiters = named[1] if named else DELIMITERS
    plain = Dialect(encoding, max(delimiters, key=lambda one: len(header_names(head, one) & known)))
    if '\\"' not in head:
        return plain
    escaped = replace(plain, escape="\\")
    return min((plain, escaped), key=lambda one: faults_in(head, one))


def header_names(head: str, delimiter: str) -> frozenset[str]:
    """The columns' names in the first row, as the contract writes names."""
    first = next(rows_in(io.StringIO(head, newline=""), Dialect(Encoding("utf-8"), delimiter)), None)
    return frozenset(bare(cell) for cell in first.cells) if first else frozenset()


def faults_in(head: str, dialect: Dialect) -> int:
    """How many rows of a text cannot be told under a dialect."""
    rows = list(rows_in(io.StringIO(head, newline=""), dialect))
    width = len(rows[0].cells) if rows else 0
    return sum(row.fault is not None or len(row.cells) > width for row in rows)


def bare(name: str) -> str:
    """A column's name as the contract compares it."""
    return name.strip(UNSEEN).lower()
