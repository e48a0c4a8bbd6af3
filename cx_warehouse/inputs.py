"""What a build is made from: a hash of every raw table, so that a release can say what it stands on.

Of a file its bytes are hashed, as `sha256sum` does; of a table in a database its rows, in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cx_warehouse.contract import RawTable, raw_contract
from cx_warehouse.database import BuildDatabase
from cx_warehouse.errors import DataError
from cx_warehouse.intake import files_below, name_of
from cx_warehouse.project import PROJECT_DIR
from cx_warehouse.settings import Settings

Stamp = tuple[int, int, int]


def input_files(settings: Settings) -> dict[str, Path]:
    """The file of each raw table that is read from one: raw files, or the committed seeds of the demo."""
    directory = settings.raw_directory
    if settings.variable("raw") == "seeds":
        directory = PROJECT_DIR / "seeds" / "demo"
    if directory is None:
        return {}
    known = {(table.system, table.name): table.label for table in raw_contract()}
    named = {path: name_of(path.relative_to(directory)) for path in files_below(directory)}
    return {known[name]: path for path, name in named.items() if name in known}


def stamps(files: Iterable[Path]) -> dict[str, Stamp]:
    """Of each path what changes when the file is written to or replaced."""
    found = {str(path): path.stat() for path in files}
    return {path: (one.st_ino, one.st_size, one.st_mtime_ns) for path, one in found.items()}


def read_until_release(before: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """The files that are no copy in the build: views read a Parquet file where it lies (decision 2)."""
    return {path: stamp for path, stamp in before.items() if path.endswith(".parquet")}


def file_hashes(files: Mapping[str, Path]) -> dict[str, str]:
    """`sha256:` and the hash of each file's bytes."""
    hashes = {}
    for label, path in files.items():
        with path.open("rb") as stream:
            hashes[label] = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    return hashes


def raise_if_changed(before: Mapping[str, Stamp]) -> None:
    """What is made of a file that was written to meanwhile may hold half of the old and half of the new.

    Raises:
        DataError: with the first such file.
    """
    for path, stamp in before.items():
        try:
            is_same = stamps([Path(path)])[path] == tuple(stamp)
        except OSError as error:
            raise DataError(
                f"{path} is read until the release is written and cannot be any more: {error.strerror}. "
                "Put it back, or run cx build again."
            ) from error
        if not is_same:
            raise DataError(
                f"{path} changed while it was being read; run cx build again when it is written to no more."
            )


def table_hashes(database: BuildDatabase, tables: Iterable[RawTable]) -> dict[str, str]:
    """`rows:` and a hash of the rows of each raw table that lies in a schema of the build's database."""
    hashes = {}
    for table in tables:
        schema = f"raw_{table.system}"
        if database.has(schema, table.name):
            # By the first two digits, so that no text grows beyond what a database can hold.
            ((found,),) = database.rows(
                "select md5(string_agg(part, '' order by part)) from ("  # noqa: S608 - names of the contract
                "select md5(string_agg(one, '' order by one)) as part from ("
                f"select md5(cast(raw_row as text)) as one from {schema}.{table.name} as raw_row"
                ") as hashed group by substr(one, 1, 2)) as parts"
            )
            hashes[table.label] = f"rows:{found}"
    return hashes
