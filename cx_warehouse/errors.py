"""What can go wrong for a user, as one sentence and an exit code; click prints both."""

from __future__ import annotations

import click


class DataError(click.ClickException):
    """The data, a check or the machine stands in the way: exit code 1."""

    exit_code = 1


class WrongUse(click.ClickException):
    """The command was called wrongly: exit code 2."""

    exit_code = 2


def first_sentence(error: BaseException) -> str:
    """The first line of an error's own message, for use inside a sentence of ours."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__
