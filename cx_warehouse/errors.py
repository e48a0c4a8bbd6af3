"""What can go wrong for a user, as one sentence and an exit code; click prints both."""

from __future__ import annotations

import errno
import tempfile
import traceback
from pathlib import Path

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


def refusal_of_the_machine(error: Exception, to: Path | None) -> str | None:
    """The sentence of a disk that is full, read-only, over quota or broken; nothing of another error."""
    refused = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
    if not isinstance(error, OSError) or error.errno not in refused:
        return None
    place = error.filename or to or "A file"
    return f"{place} cannot be written: {error.strerror}. The last release stays."


def log_unexpected(error: Exception, folder: Path | None) -> str:
    """Keep the traceback of an error nobody foresaw in a file; gives the sentence that names the file."""
    if folder is None or not folder.is_dir():
        folder = Path(tempfile.gettempdir())
    log = folder / "cx_error.log"
    told = f"Unexpected {type(error).__name__}: {first_sentence(error)}."
    try:
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return told
    return f"{told} The details are in {log}."
