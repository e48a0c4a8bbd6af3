"""The release: a green build's marts and quality tables, Parquet files and pages, swapped in as one.

A release is one folder `.releases/<number>`, complete and flushed to disk before it gets its name. The
public paths are links that all lead through `.current`, and replacing that one link is the swap: whoever
looks sees the old release or the new one, whole, whatever happens to this process. A reader that has the old
file open keeps it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cx_warehouse import __version__
from cx_warehouse.build import Build, present_build, read_artifact
from cx_warehouse.database import open_build
from cx_warehouse.display import Display, Table
from cx_warehouse.edition import Edition
from cx_warehouse.errors import DataError, WrongUse, first_sentence
from cx_warehouse.quality.rules import table_rows
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import PUBLIC_NAMES, RELEASE_FILE, Workspace

PUBLISHED_SCHEMAS = ("marts", "quality")
KEPT_RELEASES = 3
CHECK_RESULTS_DESCRIPTION = (
    "One row per check of the gate that let this release through: dbt tests, expectations, "
    "reconciliation and release rules."
)


@dataclass(frozen=True)
class PublishedTable:
    """One table of a release as the manifest declares it."""

    schema: str
    name: str
    description: str
    columns: tuple[tuple[str, str, str], ...]
    order: tuple[str, ...]

    @property
    def label(self) -> str:
        """`marts.kpi_nps`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Release:
    """A release that is public."""

    identity: str
    number: int
    folder: Path
    rows: dict[str, int]
    pages: tuple[Path, ...]


def publish(settings: Settings, workspace: Workspace, display: Display) -> Release:
    """Write the present build as a release, render its report, and swap both in.

    Raises:
        DataError: the gate has not let this build through, or the release cannot be written.
    """
    built = present_build(workspace)
    gate = green_gate(workspace, built)
    remove_leftovers(workspace)
    number = newest_number(workspace) + 1
    display.start("publish")
    with writing(workspace, number) as folder:
        content = write_tables(folder, built, gate, workspace, display)
        display.finish(f"{len(content['tables'])} tables written")
        display.start("report")
        pages = render_pages(folder, settings.languages)
        display.finish(f"{len(pages)} pages written")
    swap_in(workspace, number)
    prune(workspace, number)
    rows = {label: table["rows"] for label, table in content["tables"].items()}
    return Release(content["release_id"], number, workspace.releases / str(number), rows, pages)


def report(settings: Settings, workspace: Workspace, edition: Edition | None = None) -> Release:
    """Render the present release's pages again; the data of the release stays as it is.

    The edition of a period or a segment is added in a folder of its own; the other pages stay.

    Raises:
        DataError: there is no release.
    """
    asked = edition or Edition()
    number = present_number(workspace)
    if number is None:
        raise DataError(f"{workspace.to} has no release; run cx run first.")
    present = workspace.releases / str(number)
    remove_leftovers(workspace)
    following = newest_number(workspace) + 1
    with writing(workspace, following) as folder:
        for path in sorted(present.rglob("*")):
            inside = path.relative_to(present)
            if asked.replaces(inside):
                continue
            if path.is_dir():
                (folder / inside).mkdir(parents=True, exist_ok=True)
            else:
                link_or_copy(path, folder / inside)
        pages = render_pages(folder, settings.languages, asked)
    swap_in(workspace, following)
    prune(workspace, following)
    content = json.loads((present / "release.json").read_text(encoding="utf-8"))
    rows = {label: table["rows"] for label, table in content["tables"].items()}
    return Release(content["release_id"], following, workspace.releases / str(following), rows, pages)


def green_gate(workspace: Workspace, built: Build) -> dict[str, Any]:
    """What the gate said of this very build.

    Raises:
        DataError: it has said nothing yet, or refused.
    """
    try:
        gate = json.loads(workspace.gate_stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        gate = {}
    if gate.get("invocation") != built.invocation:
        raise DataError(
            f"The build in {workspace.to} has not been checked; run cx check first. The last release stays."
        )
    if not gate["is_green"]:
        raise DataError("The gate refused this build (cx check says why); the last release stays as it was.")
    return dict(gate)


def published_tables(manifest: dict[str, Any]) -> list[PublishedTable]:
    """The tables a release consists of, with what the project says about them."""
    grains: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "unique_grain":
            columns = test["kwargs"].get("columns") or test["kwargs"].get("arguments", {}).get("columns")
            grains[node["attached_node"]] = tuple(columns or ())
    tables = [
        PublishedTable(
            schema=node["schema"],
            name=node["name"],
            description=node["description"],
            columns=tuple(
                (column["name"], column["data_type"] or "text", column["description"])
                for column in node["columns"].values()
            ),
            order=grains.get(unique_id, ()),
        )
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["schema"] in PUBLISHED_SCHEMAS
    ]
    return sorted(tables, key=lambda table: table.label)


def check_results_table() -> PublishedTable:
    """`quality.check_results`, which the gate writes and not dbt."""
    from dataclasses import fields

    from cx_warehouse.quality.results import CheckResult

    columns = [(field.name, "text", "") for field in fields(CheckResult)]
    return PublishedTable(
        "quality",
        "check_results",
        CHECK_RESULTS_DESCRIPTION,
        (*columns, ("as_of", "timestamp", "The instant the build is as of, UTC.")),
        ("check_id",),
    )


def write_tables(
    folder: Path, built: Build, gate: dict[str, Any], workspace: Workspace, display: Display
) -> dict[str, Any]:
    """The release's database, Parquet files and `release.json`; gives what the last one says."""
    tables = [*published_tables(read_artifact(workspace, "manifest")), check_results_table()]
    (folder / "marts").mkdir()
    with duckdb.connect(str(folder / RELEASE_FILE)) as release:
        release.execute("set timezone = 'UTC'")
        for schema in PUBLISHED_SCHEMAS:
            release.execute(f"create schema {schema}")
        hashes = {}
        with copier(release, built, workspace) as copy:
            for done, table in enumerate(tables, start=1):
                copy(table)
                describe(release, table)
                hashes[table.label] = content_hash(release, table.label)
                display.advance(done, len(tables), table.name)
        content = release_content(built, gate, workspace, hashes)
        stamp_release(release, content)
        for table in tables:
            if table.schema == "marts":
                write_parquet(release, table, folder / "marts", content["release_id"])
        release.execute("checkpoint")
    (folder / "release.json").write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return content


@contextmanager
def copier(release: duckdb.DuckDBPyConnection, built: Build, workspace: Workspace) -> Iterator[Any]:
    """A function that copies one table from the build into the release, in the order of its grain."""
    if built.target == "duckdb":
        address = str(workspace.build_file).replace("'", "''")
        release.execute(f"attach '{address}' as build (read_only)")

        def copy_attached(table: PublishedTable) -> None:
            release.execute(
                f"create table {table.label} as select * from build.{table.label} "  # noqa: S608
                f"order by {order_of(table)}"
            )

        yield copy_attached
        release.execute("detach build")
        return
    with open_build(built.target, workspace) as database:
        cursor = database.connection.connection.cursor()

        def copy_exported(table: PublishedTable) -> None:
            """By way of CSV: the engine's own text is exact, and the contract says the types."""
            names = [quoted(name) for name, _, _ in table.columns]
            types = ", ".join(f"'{name}': '{kind}'" for name, kind, _ in table.columns)
            export = workspace.build / "export.csv"
            with export.open("w", encoding="utf-8") as stream:
                cursor.copy_expert(
                    f"copy (select {', '.join(names)} from {table.label}) to stdout "  # noqa: S608
                    "(format csv, header false)",
                    stream,
                )
            address = str(export).replace("'", "''")
            release.execute(
                f"create table {table.label} as select * from read_csv('{address}', header = false, "  # noqa: S608
                f"columns = {{{types}}}, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
                "allow_quoted_nulls = false, max_line_size = 16777216, parallel = false) "
                f"order by {order_of(table)}"
            )
            export.unlink()

        yield copy_exported


def order_of(table: PublishedTable) -> str:
    """The grain, which leaves nothing to chance; every column where none is declared."""
    return ", ".join(f"{quoted(name)} nulls last" for name in table.order) or "all"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def describe(release: duckdb.DuckDBPyConnection, table: PublishedTable) -> None:
    """Put the project's descriptions on the published table and its columns, for BI tools to show."""
    if table.description:
        release.execute(f"comment on table {table.label} is {literal(table.description)}")
    for name, _, description in table.columns:
        if description:
            release.execute(f"comment on column {table.label}.{quoted(name)} is {literal(description)}")


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def content_hash(release: duckdb.DuckDBPyConnection, label: str) -> dict[str, Any]:
    """Rows of a table and a hash of its columns and rows, whatever their order."""
    shape = release.execute(f"describe {label}").fetchall()
    found = release.execute(
        "select count(*), coalesce(sum(cast(md5_number_lower(cast(to_json(one) as varchar)) as hugeint)), 0) "  # noqa: S608
        f"from {label} as one"
    ).fetchone()
    rows, total = found if found else (0, 0)
    columns = [(row[0], row[1]) for row in shape]
    digest = hashlib.sha256(f"{columns}:{rows}:{total}".encode()).hexdigest()
    return {"rows": int(rows), "content_hash": digest}


def release_content(
    built: Build, gate: dict[str, Any], workspace: Workspace, tables: dict[str, Any]
) -> dict[str, Any]:
    """What `release.json` says: nothing in it depends on when or where the release was made."""
    with open_build(built.target, workspace) as database:
        as_of = database.rows("select as_of from intermediate.int_build_clock")[0][0]
        inputs = {
            table.label: {
                "raw_rows": table.raw,
                "accepted_rows": table.accepted,
                "rejected_rows": table.rejected,
                "superseded_rows": table.superseded,
            }
            for table in table_rows(database)
            if table.is_delivered
        }
    content = {
        "version": __version__,
        "as_of": as_of.isoformat(),
        "variables": {
            name: value
            for name, value in sorted(
                {**built.variables, "max_rejected_share": gate["max_rejected_share"]}.items()
            )
            if name != "raw_path"
        },
        "inputs": inputs,
        "checks": gate["counts"],
        "tables": tables,
    }
    identity = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    return {"release_id": identity, **content}


def stamp_release(release: duckdb.DuckDBPyConnection, content: dict[str, Any]) -> None:
    """`quality.release`: one row that says which release this file belongs to."""
    release.execute(
        "create table quality.release (release_id text, version text, as_of timestamp, variables text)"
    )
    release.execute(
        "insert into quality.release values (?, ?, ?, ?)",
        [
            content["release_id"],
            content["version"],
            content["as_of"],
            json.dumps(content["variables"]),
        ],
    )
    release.execute("comment on table quality.release is 'One row: the release this file belongs to.'")


def write_parquet(
    release: duckdb.DuckDBPyConnection, table: PublishedTable, folder: Path, identity: str
) -> None:
    """One mart as a Parquet file that names its release."""
    address = str(folder / f"{table.name}.parquet").replace("'", "''")
    release.execute(
        f"copy (select * from {table.label} order by {order_of(table)}) to '{address}' "  # noqa: S608
        f"(format parquet, compression zstd, kv_metadata {{release_id: '{identity}'}})"
    )


def render_pages(folder: Path, languages: Sequence[str], edition: Edition | None = None) -> tuple[Path, ...]:
    """The report of a release that is not public yet.

    Raises:
        WrongUse: the release has no such period or segment.
        DataError: a page cannot be written or printed.
    """
    from reports.pdf import find_browser, print_pages
    from reports.render import render

    asked = edition or Edition()
    browser = None
    if asked.is_pdf:
        try:
            browser = find_browser()
        except FileNotFoundError as error:
            raise DataError(str(error)) from error
    pages = folder / asked.folder
    pages.mkdir(parents=True, exist_ok=True)
    try:
        written = render(folder / RELEASE_FILE, pages, languages, period=asked.period, segment=asked.segment)
    except ValueError as error:
        raise WrongUse(str(error)) from error
    if browser is not None:
        written += print_pages([page for page in written if page.suffix == ".html"], browser)
    return tuple(path.relative_to(folder) for path in written)


@contextmanager
def writing(workspace: Workspace, number: int) -> Iterator[Path]:
    """A folder that becomes release `number` when the block ends well and vanishes when it does not."""
    half = workspace.releases / f"{number}.tmp"
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
                public.symlink_to(Path(workspace.current.name) / name)
        following = workspace.to / ".current.tmp"
        following.unlink(missing_ok=True)
        following.symlink_to(Path(workspace.releases.name) / str(number))
        following.replace(workspace.current)
        flush_folder(workspace.to)
    except OSError as error:
        raise DataError(
            f"The release cannot be swapped in at {workspace.to}: {error.strerror}. The last one stays."
        ) from error


def present_number(workspace: Workspace) -> int | None:
    """The number of the public release."""
    try:
        number = int(Path(os.readlink(workspace.current)).name)
    except (OSError, ValueError):
        return None
    return number if (workspace.releases / str(number) / "release.json").is_file() else None


def numbers(workspace: Workspace) -> list[int]:
    """The numbers of the releases that are kept."""
    return sorted(int(path.name) for path in workspace.releases.iterdir() if path.name.isdigit())


def newest_number(workspace: Workspace) -> int:
    """The highest number that a release has had, 0 before the first."""
    return max(numbers(workspace), default=0)


def prune(workspace: Workspace, number: int) -> None:
    """Remove all but the last few releases; the public one is always kept."""
    for old in numbers(workspace)[:-KEPT_RELEASES]:
        if old != number:
            shutil.rmtree(workspace.releases / str(old), ignore_errors=True)


def remove_leftovers(workspace: Workspace) -> None:
    """Remove what a run that was killed left half written."""
    for half in workspace.releases.glob("*.tmp"):
        shutil.rmtree(half, ignore_errors=True)
    (workspace.build / "export.csv").unlink(missing_ok=True)


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


def release_table(release: Release) -> Table:
    """The published tables with their rows."""
    return Table(
        "Published",
        ("table", "rows"),
        [(label, rows) for label, rows in sorted(release.rows.items())],
        frozenset({"rows"}),
    )
