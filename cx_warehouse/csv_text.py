"""The text of a CSV file from bytes of any encoding, line by line and without reading the file whole."""

from __future__ import annotations

import codecs
import gzip
import io
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from cx_warehouse.errors import DataError, WrongUse

HEAD_BYTES = 1 << 20
"""How much of a file is looked at to tell its encoding and delimiter."""

FOREIGN_LINES = 5000
"""Lines that are not UTF-8, enough to tell what they are."""

LONGEST_ROW = 16 << 20
"""Bytes; what the scan of the clean file accepts (`max_line_size` in raw_files.sql)."""

WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# How often a letter stands among those beyond ASCII, in the languages an encoding is for; per cent, rough.
BALTIC = dict(zip("ėųšžąūįčęāīēļņõäü", (17, 13, 12, 10, 9, 8, 7, 6, 3, 8, 6, 4, 2, 2, 3, 5, 4), strict=True))
WESTERN = dict(
    zip(
        "éüóäíáàöèñßåçêúøôâãæîûëõ",
        (30, 12, 10, 10, 8, 8, 8, 8, 6, 5, 5, 5, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1),
        strict=True,
    )
)


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes become text.

    `fallback` is the encoding of lines that are not `name`; a file put together of two exports has both.
    """

    name: str
    fallback: str | None = None

    @property
    def words(self) -> str:
        """For people."""
        if self.fallback is None:
            return self.name
        return f"{self.name}, lines that are not in {self.fallback}"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked where it is gzip.

    Raises:
        DataError: it cannot be read or unpacked.
    """
    try:
        with path.open("rb") as packed:
            unpacked = gzip.GzipFile(fileobj=packed) if path.suffix == ".gz" else packed
            yield cast("IO[bytes]", unpacked)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. Export it again.") from error


def head_of(path: Path, encoding: Encoding) -> tuple[str, bool]:
    """The first lines of a file as text, and whether they are all of it."""
    lines: list[str] = []
    seen = 0
    with opened(path) as stream:
        for line in text_lines(stream, encoding):
            if seen > HEAD_BYTES:
                return "".join(lines), False
            lines.append(line)
            seen += len(line)
    return "".join(lines), True


def encoding_of(path: Path, declared: str | None, *, is_whole: bool) -> Encoding:
    """What a file is written in, from its head or from every line that is not plain ASCII.

    Raises:
        WrongUse: the declared encoding is none that is known.
        DataError: the file cannot be read.
    """
    if declared:
        return Encoding(known_encoding(declared))
    beyond, seen = 0, 0
    foreign: list[bytes] = []
    with opened(path) as stream:
        start = stream.readline(LONGEST_ROW).removeprefix(codecs.BOM_UTF8)
        for mark, name in WIDE_MARKS:
            if start.startswith(mark):
                return Encoding(name)
        line = start
        while line and (is_whole or seen < HEAD_BYTES):
            seen += len(line)
            if not line.isascii():
                beyond += 1
                if len(foreign) < FOREIGN_LINES and not is_utf8(line):
                    foreign.append(line)
            line = stream.readline(LONGEST_ROW)
    if not foreign:
        return Encoding("utf-8")
    eight_bit = eight_bit_encoding(b"\n".join(foreign))
    # Two letters of an eight-bit encoding are UTF-8 now and then; many lines are not.
    if len(foreign) == FOREIGN_LINES or beyond - len(foreign) <= len(foreign) / 3:
        return Encoding(eight_bit)
    return Encoding("utf-8", eight_bit)


def known_encoding(name: str) -> str:
    """An encoding's name as Python knows it.

    Raises:
        WrongUse: it knows none of that name.
    """
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise WrongUse(
            f"The variable raw_encoding is {name!r}, which is no known encoding; use one such as utf-8, "
            "cp1251, cp1257 or latin-1, or leave it out."
        ) from error


def is_utf8(line: bytes) -> bool:
    """Whether bytes are UTF-8 throughout."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def eight_bit_encoding(sample: bytes) -> str:
    """cp1251, cp1257 or cp1252 (latin-1 where that has no such letter), by which letters it would say.

    Cyrillic words consist of letters beyond ASCII; in the others they stand alone.
    """
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    if sum(length for length in runs if length > 2) >= 0.4 * sum(runs):
        return "cp1251"
    baltic = likelihood(sample.decode("cp1257", "replace"), BALTIC)
    if baltic > likelihood(sample.decode("cp1252", "replace"), WESTERN):
        return "cp1257"
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def likelihood(text: str, letters: dict[str, int]) -> float:
    """Logarithm of how well the letters beyond ASCII fit."""
    total = sum(letters.values())
    return sum(math.log(letters.get(letter, 0.02) / total) for letter in text.lower() if not letter.isascii())


def text_lines(stream: IO[bytes], encoding: Encoding) -> Iterator[str]:
    """The physical lines of a file with their ends, NUL characters included, in order.

    Of a line longer than any row may be the first bytes are given, which are then too many. Bytes that are no
    letter come as lone surrogates, so that a reader can refuse their row.
    """
    if encoding.name in {"utf-16", "utf-32"}:
        yield from io.TextIOWrapper(stream, encoding=encoding.name, errors="replace", newline="")
        return
    rest = b""
    is_first = True
    while line := rest + stream.readline(LONGEST_ROW + 1):
        rest = b""
        if len(line) > LONGEST_ROW and not line.endswith(b"\n"):
            cut = line.rfind(b"\r") + 1
            if cut:
                line, rest = line[:cut], line[cut:]
            else:
                pass_over_line(stream)
        if is_first:
            line, is_first = line.removeprefix(codecs.BOM_UTF8), False
        text = decoded(line, encoding)
        # Some programs end lines with a carriage return alone.
        if "\r" in text.rstrip("\r\n"):
            yield from re.findall(r"[^\r]*(?:\r\n|\r|\Z)", text)[:-1]
        else:
            yield text


def pass_over_line(stream: IO[bytes]) -> None:
    """Read on to the end of a line."""
    while (piece := stream.readline(LONGEST_ROW)) and not piece.endswith(b"\n"):
        pass


def decoded(line: bytes, encoding: Encoding) -> str:
    """One line as text."""
    if line.isascii():
        return line.decode("ascii")
    name = encoding.name if encoding.fallback is None or is_utf8(line) else encoding.fallback
    return line.decode(name, "surrogateescape")
