"""The folders of one `--to`: the private build, the releases, and the public paths."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cx_warehouse.errors import DataError

RELEASE_FILE = "cx_warehouse.duckdb"
PUBLIC_NAMES = (RELEASE_FILE, "marts", "reports")


@dataclass(frozen=True)
class Workspace:
    """Paths below one destination."""

    to: Path

    @property
    def build(self) -> Path:
        """Private: build file, dbt's artifacts and logs."""
        return self.to / ".build"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that dbt builds in."""
        return self.build / RELEASE_FILE

    @property
    def clean_raw(self) -> Path:
        """Clean copies of raw files that do not follow the contract."""
        return self.build / "raw"

    @property
    def artifacts(self) -> Path:
        """What dbt calls its target path: manifest, run results, parse state."""
        return self.build / "target"

    @property
    def logs(self) -> Path:
        """Where dbt writes its own log."""
        return self.build / "logs"

    @property
    def build_stamp(self) -> Path:
        """Says what the build file holds; absent while a build is under way or after one failed."""
        return self.build / "build.json"

    @property
    def gate_stamp(self) -> Path:
        """Says how the gate judged the present build; absent until it has."""
        return self.build / "gate.json"

    @property
    def releases(self) -> Path:
        """One numbered folder for each release that is kept."""
        return self.to / ".releases"

    @property
    def current(self) -> Path:
        """The one link that says which release is public; all public paths lead through it."""
        return self.to / ".current"

    def public_link(self, name: str) -> Path:
        """What a public path points to: a part of whichever release is public."""
        return Path(self.current.name) / name

    def prepare(self) -> None:
        """Make the private folders.

        Raises:
            DataError: the destination cannot be written, or holds something that is not ours.
        """
        for name in PUBLIC_NAMES:
            public = self.to / name
            is_ours = public.is_symlink() and public.readlink() == self.public_link(name)
            if not is_ours and (public.exists() or public.is_symlink()):
                raise DataError(
                    f"{public} is there already and no release of ours; move it away or choose another --to."
                )
        try:
            # The build holds what a release leaves out: only its own user reads it.
            self.to.mkdir(parents=True, exist_ok=True)
            self.build.mkdir(mode=0o700, exist_ok=True)
            for folder in (self.artifacts, self.logs, self.releases):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise DataError(f"{self.to} cannot be written: {error.strerror}.") from error

    @contextmanager
    def locked(self, *, is_begun: bool = False) -> Iterator[None]:
        """Hold this destination alone; the lock dies with the process.

        Whoever only goes on with what is there makes no folders at a mistyped destination.

        Raises:
            DataError: another run holds it, or nothing is there to go on with.
        """
        if is_begun and not self.build.is_dir() and not self.releases.is_dir():
            raise DataError(f"{self.to} has no build and no release; run cx run first.")
        self.prepare()
        try:
            handle = os.open(self.build / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DataError(f"{self.to} cannot be written: {error.strerror}.") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DataError(
                    f"Another cx is at work on {self.to}; wait for it or choose another --to."
                ) from error
            except OSError as error:
                raise DataError(f"{self.to} cannot be locked: {error.strerror}.") from error
            yield
        finally:
            os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    half = path.with_name(path.name + ".tmp")
    with half.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(path)
