"""Numbers that carry their address, and sentences made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import zip_longest

from markupsafe import Markup, escape

from reports.formats import Formats
from reports.registry import METRICS, Metric
from reports.release import TEXT_LETTERS, Row, Source, shortened
from reports.words import N_, Words

TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Number:
    """A mart's value as printed, with where it was read: metric, mart and key, column, full precision."""

    text: str
    metric: str
    source: Source
    column: str
    value: float
    is_local: bool = False
    is_bare: bool = False

    def __str__(self) -> str:
        """Only what is printed."""
        return self.text

    @property
    def local(self) -> Number:
        """The same number inside an element that says its metric and key."""
        return replace(self, is_local=True)

    @property
    def bare(self) -> Number:
        """The same number inside a table whose rows say metric and key, and whose heading says the column."""
        return replace(self, is_local=True, is_bare=True)

    def __html__(self) -> str:
        """What is printed, inside an element that says where it comes from.

        A local number stands inside an element that has said metric and key already.
        """
        if self.is_bare:
            return Markup('<data value="{value}">{text}</data>').format(
                value=exact(self.value), text=self.text
            )
        if self.is_local:
            return Markup('<data value="{value}" data-column="{column}">{text}</data>').format(
                value=exact(self.value), column=self.column, text=self.text
            )
        return Markup(
            '<data value="{value}" data-metric="{metric}" data-key="{key}" '
            'data-column="{column}">{text}</data>'
        ).format(
            value=exact(self.value),
            metric=self.metric,
            key=self.source.address,
            column=self.column,
            text=self.text,
        )


def exact(value: float) -> str:
    """Twelve significant digits, whole numbers without a fraction."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.12g}"


def say(sentence: str, /, **parts: object) -> Markup:
    """A translated sentence with its parts in place: text escaped, numbers with their address.

    A month at the head of a sentence gets a capital: some languages write months without one.
    """
    parts = {
        name: shortened(part, TEXT_LETTERS) if type(part) is str else part for name, part in parts.items()
    }
    for name, part in parts.items():
        # An abbreviation brings the full stop of a sentence that ends with it.
        if str(part).endswith("."):
            sentence = sentence.replace(f"{{{name}}}.", f"{{{name}}}")
    said = escape(sentence).format(**parts)
    return said[:1].upper() + said[1:] if sentence.startswith("{month}") else said


@dataclass(frozen=True)
class TableKeys:
    """What the numbers of a table have in common, said once: the address, the metric, the mart's column.

    `rows` is what each row adds to the address, `columns` the mart's column of each column of the table,
    empty where it has none or several.
    """

    address: str
    metric: str
    rows: tuple[str | None, ...]
    columns: tuple[str, ...]


def table_keys(rows: Sequence[Iterable[object]]) -> TableKeys | None:
    """The keys of a table whose numbers are of one metric and mart, one key a row; else none."""
    found: list[Number | None] = []
    for cells in rows:
        own = [cell for cell in cells if isinstance(cell, Number)]
        if len({(cell.metric, cell.source) for cell in own}) > 1:
            return None
        found.append(own[0] if own else None)
    numbers = [number for number in found if number is not None]
    if len({(number.metric, number.source.mart) for number in numbers}) != 1:
        return None
    common = set(numbers[0].source.key).intersection(*(number.source.key for number in numbers))
    shared = Source(numbers[0].source.mart, tuple(part for part in numbers[0].source.key if part in common))
    return TableKeys(
        shared.address,
        numbers[0].metric,
        tuple(
            None
            if number is None
            else Source("", tuple(part for part in number.source.key if part not in common)).address
            for number in found
        ),
        tuple(column_of(cells) for cells in zip_longest(*rows)),
    )


def column_of(cells: Iterable[object]) -> str:
    """The mart's column that the numbers of a table's column are of; empty where there is not just one."""
    names = {cell.column for cell in cells if isinstance(cell, Number)}
    return names.pop() if len(names) == 1 else ""


def text_of(sentence: Markup) -> str:
    """A sentence without its markup, for titles and descriptions; its spaces stay as they are."""
    return unescape(TAG.sub("", str(sentence)))


# What stands behind a difference: words of the unit, never glued to anything but the number.
POINTS = N_("{number} pp")
UNIT_OF_CHANGE = {
    "points": N_("{number} pts"),
    "score_0_100": N_("{number} pts"),
    "ratio": POINTS,
}


class Printer:
    """Prints a metric's values with its unit and decimals, in one language."""

    def __init__(self, words: Words, formats: Formats, *, local_row: Row | None = None) -> None:
        """Take the language's words and formats; numbers of the local row do not repeat their address."""
        self.words = words
        self.formats = formats
        self.local_row = local_row

    def within(self, row: Row | None) -> Printer:
        """A printer for a place that says the row's address once for all its numbers."""
        return Printer(self.words, self.formats, local_row=row)

    def make(self, text: str, metric: str, row: Row, column: str, value: float) -> Number:
        """A number of a row."""
        return Number(text, metric, row.source, column, value, is_local=row is self.local_row)

    def value(self, metric: str, value: float) -> str:
        """A value of the metric."""
        known = METRICS[metric]
        formats = self.formats
        match known.unit:
            case "ratio":
                return formats.percent(value, known.decimals)
            case "minutes":
                return formats.duration(value)
            case "money":
                return formats.compact_money(value)
            case _ if known.signed:
                return formats.signed(value, known.decimals)
            case _:
                return formats.number(value, known.decimals)

    def change(self, metric: str, value: float) -> str:
        """A difference of two values of the metric, signed, with its unit."""
        known = METRICS[metric]
        if known.unit == "minutes":
            return self.formats.signed_duration(value)
        return self._with_unit(known, self._signed(known, value))

    def size(self, metric: str, value: float) -> str:
        """The size of a difference, without its sign: for sentences that say the direction in words."""
        known = METRICS[metric]
        if known.unit == "minutes":
            return self.formats.duration(abs(value))
        return self._with_unit(known, self._signed(known, abs(value)).removeprefix("+"))

    def _signed(self, known: Metric, value: float) -> str:
        if known.unit == "ratio":
            return self.formats.percentage_points(value, known.change_decimals)
        decimals = 0 if known.unit in ("count", "money") else known.change_decimals
        return self.formats.signed(value, decimals)

    def _with_unit(self, known: Metric, number: str) -> str:
        template = UNIT_OF_CHANGE.get(known.unit)
        return number if template is None else self.words.gettext(template).format(number=number)

    def number(self, metric: str, row: Row, column: str) -> Number | None:
        """A column of the row as a value of the metric; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        return self.make(self.value(metric, value), metric, row, column, value)

    def changed(self, metric: str, row: Row) -> Number | None:
        """The row's change as a signed difference with its unit; null when there is none."""
        return self.difference(metric, row, "change")

    def difference(self, metric: str, row: Row, column: str) -> Number | None:
        """A column of the row as a signed difference of two values of the metric; null when it is null."""
        value = row.number(column)
        return None if value is None else self.make(self.change(metric, value), metric, row, column, value)

    def count(self, metric: str, row: Row, column: str = "base") -> Number | None:
        """A column of the row as a whole number; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        return self.make(self.formats.number(value), metric, row, column, value)

    def money(self, metric: str, row: Row, column: str, *, exact_amount: bool = False) -> Number | None:
        """A column of the row as an amount; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        text = self.formats.money(value) if exact_amount else self.formats.compact_money(value)
        return self.make(text, metric, row, column, value)

    def percent(self, metric: str, row: Row, column: str, decimals: int = 0) -> Number | None:
        """A column of the row as a percentage; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        return self.make(self.formats.percent(value, decimals), metric, row, column, value)

    def points(self, metric: str, row: Row, column: str) -> Number | None:
        """A column of the row that is a difference of two fractions, signed; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        text = self.words.gettext(POINTS).format(number=self.formats.percentage_points(value))
        return self.make(text, metric, row, column, value)

    def duration(self, metric: str, row: Row, column: str) -> Number | None:
        """A column of minutes as a duration; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        return self.make(self.formats.duration(value), metric, row, column, value)

    def plain(self, row: Row, column: str) -> Number | None:
        """A column of a registry row in the unit of its own metric; null when the column is null."""
        value = row.number(column)
        if value is None:
            return None
        metric = row.text("metric")
        if metric in METRICS:
            text = self.value(metric, value)
        elif row.text("unit") == "ratio":
            text = self.formats.percent(value, 0)
        else:
            text = self.formats.number(value, 2)
        return self.make(text, metric, row, column, value)
