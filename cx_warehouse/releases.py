"""The releases of one destination: numbered folders, and the one link that says which of them is public.

A release is one folder `.releases/<number>`, complete and flushed to disk before it gets its name; one that
goes loses its name before anything in it is removed. So a folder with a number for a name is whole, always.
The public paths are links that all lead through `.current`, and replacing that one link is the swap: whoever
looks sees one release or the other, whole, whatever happens to this process. A reader that has a file open
keeps it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from cx_warehouse.errors import DataError, first_sentence
from cx_warehouse.workspace import PUBLIC_NAMES, RELEASE_FILE, Workspace

HALF = ".tmp"


@contextmanager
def writing(workspace: Workspace, number: int) -> Iterator[Path]:
    """A folder that becomes release `number` when the block ends well and vanishes when it does not.

    Raises:
        DataError: it cannot be written.
    """
    half = workspace.releases / f"{number}{HALF}"
    try:
        half.mkdir()
        yield half
        flush(half)
        half.rename(workspace.releases / str(number))
        flush_folder(workspace.releases)
    except (OSError, duckdb.Error) as error:
        raise DataError(
            f"The release cannot be written to {workspace.to}: {first_sentence(error)}. The last one stays."
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def swap_in(workspace: Workspace, number: int) -> None:
    """Make a whole release the public one, by replacing one link.

    Raises:
        DataError: the link cannot be replaced.
    """
    try:
        for name in PUBLIC_NAMES:
            public = workspace.to / name
            if not public.is_symlink():
                public.symlink_to(workspace.public_link(name))
        following = workspace.to / f"{workspace.current.name}{HALF}"
        following.unlink(missing_ok=True)
        following.symlink_to(Path(workspace.releases.name) / str(number))
        following.replace(workspace.current)
        flush_folder(workspace.to)
    except OSError as error:
        raise DataError(
            f"The release cannot be swapped in at {workspace.to}: {error.strerror}. The last one stays."
        ) from error


def roll_back(workspace: Workspace) -> int:
    """Make the release before the public one public again; gives its number.

    Raises:
        DataError: there is no release, none before it, or the link cannot be replaced.
    """
    present = present_number(workspace)
    if present is None:
        raise DataError(f"{workspace.to} has no release; run cx run first.")
    earlier = [number for number in numbers(workspace) if number < present]
    if not earlier:
        raise DataError(
            f"{workspace.to} has no release before the public one; keep_releases says how many are kept."
        )
    swap_in(workspace, earlier[-1])
    return earlier[-1]


def present_number(workspace: Workspace) -> int | None:
    """The number of the public release."""
    try:
        number = int(Path(os.readlink(workspace.current)).name)
    except (OSError, ValueError):
        return None
    return number if (workspace.releases / str(number)).is_dir() else None


def numbers(workspace: Workspace) -> list[int]:
    """The numbers of the releases that are there, in the order they were written."""
    if not workspace.releases.is_dir():
        return []
    return sorted(int(path.name) for path in workspace.releases.iterdir() if path.name.isdigit())


def newest_number(workspace: Workspace) -> int:
    """The highest number that a release has had, 0 before the first."""
    return max(numbers(workspace), default=0)


def keep(workspace: Workspace, kept: Iterable[int]) -> None:
    """Remove every release but these."""
    staying = set(kept)
    for number in numbers(workspace):
        if number not in staying:
            going = workspace.releases / f"{number}{HALF}"
            # What cannot be removed now is no failure of the release that has just become public.
            with suppress(OSError):
                (workspace.releases / str(number)).rename(going)
            shutil.rmtree(going, ignore_errors=True)


def remove_leftovers(workspace: Workspace) -> None:
    """Remove what a run that was killed left half written or half removed."""
    for half in workspace.releases.glob(f"*{HALF}"):
        shutil.rmtree(half, ignore_errors=True)


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """What the `release.json` of a release says; nothing where a release of another version says nothing."""
    try:
        content = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "release_id" in content else None


def public_rows(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    """What a query of the public release's database gives; nothing where there is none that can answer.

    Raises:
        DataError: it is there and cannot be read.
    """
    path = workspace.current / RELEASE_FILE
    if not path.exists():
        return []
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(query).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return []
    except duckdb.Error as error:
        raise DataError(
            f"The public release in {workspace.to} cannot be read: {first_sentence(error)}."
        ) from error


def link_or_copy(source: Path, target: Path) -> None:
    """The same file under a second name, or a copy where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def flush(folder: Path) -> None:
    """Have the disk hold everything below a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    for path in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        flush_folder(path)


def flush_folder(folder: Path) -> None:
    """Have the disk hold a folder's names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
