"""What a person sees while a command works: bars and tables on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import click


@dataclass(frozen=True)
class Table:
    """Rows to show under a title; the columns named in `numbers` are aligned right."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
    numbers: frozenset[str] = field(default_factory=frozenset)


class Display(Protocol):
    """Where progress, sentences and tables go."""

    def start(self, step: str) -> None:
        """A step begins."""

    def advance(self, done: int, total: int, name: str) -> None:
        """One more part of the present step is done."""

    def finish(self, sentence: str) -> None:
        """The present step ended well; the sentence says with what."""

    def note(self, sentence: str) -> None:
        """Something worth knowing that stops nothing."""

    def table(self, table: Table) -> None:
        """Rows to read."""

    def close(self) -> None:
        """Nothing more will come, however the command ended."""


class PlainLines:
    """One line for each fact, for logs and pipes."""

    def __init__(self) -> None:
        """Begin outside any step."""
        self._step = ""

    def start(self, step: str) -> None:
        """Say which step begins."""
        self._step = step
        say(f"{step}: started")

    def advance(self, done: int, total: int, name: str) -> None:
        """Parts are too many for lines."""

    def finish(self, sentence: str) -> None:
        """Say what the step ended with."""
        say(f"{self._step}: {sentence}")

    def note(self, sentence: str) -> None:
        """Say it."""
        say(sentence)

    def table(self, table: Table) -> None:
        """One line for each row, `column=value` where a value is there."""
        say(f"\n{table.title}")
        for row in table.rows:
            first, *others = zip(table.columns, row, strict=True)
            values = [f"{name}={shown(value)}" for name, value in others if shown(value)]
            say(f"  {shown(first[1])}: {', '.join(values)}" if values else f"  {first[1]}")

    def close(self) -> None:
        """Lines leave nothing open."""


class Terminal:
    """A progress bar for the present step, tables with rules."""

    def __init__(self) -> None:
        """Draw on standard output."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

        self._console = Console(highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[name]}"),
            console=self._console,
            transient=True,
        )
        self._task: int | None = None
        self._step = ""

    def start(self, step: str) -> None:
        """Draw a bar for the step."""
        self._step = step
        self._progress.start()
        self._task = self._progress.add_task(step, total=None, name="")

    def advance(self, done: int, total: int, name: str) -> None:
        """Move the bar."""
        if self._task is not None:
            from rich.progress import TaskID

            self._progress.update(TaskID(self._task), completed=done, total=total, name=name)

    def finish(self, sentence: str) -> None:
        """Put a line where the bar was."""
        self.close()
        self._console.print(f"[green]✓[/] {self._step:<8} {sentence}", markup=True)

    def note(self, sentence: str) -> None:
        """Say it above the bar."""
        self._console.print(sentence, markup=False)

    def table(self, table: Table) -> None:
        """A table with a title."""
        from rich import box
        from rich.table import Table as RichTable
        from rich.text import Text

        drawn = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD)
        for name in table.columns:
            drawn.add_column(name, justify="right" if name in table.numbers else "left")
        for row in table.rows:
            drawn.add_row(*(Text(shown(value)) for value in row))
        self._console.print(drawn)

    def close(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            from rich.progress import TaskID

            self._progress.remove_task(TaskID(self._task))
            self._task = None
        self._progress.stop()


def say(text: str) -> None:
    """Print a line; when nobody reads any more (`cx run | head`), the work goes on without."""
    try:
        click.echo(text)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def open_display() -> Display:
    """A terminal's display on a terminal, plain lines elsewhere."""
    return Terminal() if sys.stdout.isatty() else PlainLines()


def shown(value: object) -> str:
    """A cell as text: counts with thousands apart, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
