"""The data of a page's tables as CSV files that are safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from markupsafe import Markup

from reports.numbers import Number, exact
from reports.pages.parts import Cell, Table

FOLDER = "data"
# A cell that begins with one of these is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
ABSENT = ("–", "")
# Spreadsheets read UTF-8 only when the file says so.
MARK = "\ufeff"


def tables_of(part: object) -> Iterator[Table]:
    """Every table in what a page places, once, in reading order."""
    if isinstance(part, Table):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from tables_of(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from tables_of(value)
    elif is_dataclass(part) and not isinstance(part, (type, Number, Cell)):
        for field in fields(part):
            yield from tables_of(getattr(part, field.name))


def file_of(page: str, table: Table, language: str) -> str:
    """The table's file beside the page, `data/nps.f-nps.ru.csv`."""
    suffix = "" if language == "en" else f".{language}"
    return f"{FOLDER}/{page}.{table.id}{suffix}.csv"


def written(table: Table) -> str:
    """The table as CSV: numbers in full precision and without a language, everything else as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe(heading) for heading in table.headings])
    for row in table.rows:
        writer.writerow([cell(value) for value in row])
    return MARK + text.getvalue()


def cell(value: object) -> str:
    """One cell."""
    if isinstance(value, Number):
        return exact(value.value)
    if isinstance(value, Cell):
        return cell(value.content)
    text = value.striptags() if isinstance(value, Markup) else str(value)
    return "" if text in ABSENT else safe(text)


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
