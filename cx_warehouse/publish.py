"""What a release holds: a green build's marts and quality tables, Parquet files, pages, and its manifest.

How a release becomes public, whole or not at all, is in cx_warehouse/releases.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import duckdb
from duckdb.sqltypes import VARCHAR

from cx_warehouse import __version__
from cx_warehouse.build import Build, present_build, read_artifact
from cx_warehouse.database import open_build
from cx_warehouse.display import Display, Table
from cx_warehouse.edition import Edition
from cx_warehouse.errors import DataError, WrongUse
from cx_warehouse.inputs import raise_if_changed
from cx_warehouse.privacy import hiding
from cx_warehouse.quality.rules import table_rows
from cx_warehouse.releases import (
    keep,
    link_or_copy,
    manifest_of,
    newest_number,
    numbers,
    present_number,
    remove_leftovers,
    roll_back,
    swap_in,
    writing,
)
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import RELEASE_FILE, Workspace

PUBLISHED_SCHEMAS = ("marts", "quality")
REFUSED = "quality.rejected_rows"
# They say where the input lay and how long releases are kept, which is nothing of what a release holds.
UNTOLD_VARIABLES = ("raw_path", "keep_releases")
RELEASE_DESCRIPTION = "One row: the release this file belongs to, as its release.json says it."
RELEASE_COLUMNS = (
    ("release_id", "text", "A hash of everything else: two releases that hold the same have the same."),
    ("version", "text", "The version of cx_warehouse that made it."),
    ("as_of", "timestamp", "The instant the release is as of, UTC."),
    ("variables", "text", "JSON: the variables that were set, without where the input lay."),
    ("inputs", "text", "JSON: of each raw table its rows, what became of them, and its hash."),
    ("checks", "text", "JSON: how many checks passed, warned, failed and could not be carried out."),
    ("tables", "text", "JSON: of each published table its rows and the hash of its columns and rows."),
)
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
    raise_if_changed(built.still_read)
    remove_leftovers(workspace)
    earlier = published_until(workspace, present_number(workspace))
    number = newest_number(workspace) + 1
    display.start("publish")
    with writing(workspace, number) as folder:
        content = write_tables(folder, built, gate, workspace, display)
        display.finish(f"{len(content['tables'])} tables written")
        display.start("report")
        pages = render_pages(folder, settings.languages)
        display.finish(f"{len(pages)} pages written")
    make_public(settings, workspace, number, earlier)
    return release_of(content, workspace, number, pages)


def report(settings: Settings, workspace: Workspace, edition: Edition | None = None) -> Release:
    """Render the public release's pages again, in its place; the data of the release stays as it is.

    The edition of a period or a segment is added in a folder of its own; the other pages stay.

    Raises:
        DataError: there is no release, or none that this version can render.
    """
    asked = edition or Edition()
    present = present_number(workspace)
    if present is None:
        raise DataError(f"{workspace.to} has no release; run cx run first.")
    folder = workspace.releases / str(present)
    content = manifest_of(folder)
    if content is None:
        raise DataError(
            f"The release in {workspace.to} is of another version and cannot be rendered again; run cx run."
        )
    remove_leftovers(workspace)
    earlier = [number for number in published_until(workspace, present) if number != present]
    number = newest_number(workspace) + 1
    with writing(workspace, number) as following:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if asked.replaces(inside):
                continue
            if path.is_dir():
                (following / inside).mkdir(parents=True, exist_ok=True)
            else:
                link_or_copy(path, following / inside)
        pages = render_pages(following, settings.languages, asked)
    make_public(settings, workspace, number, earlier)
    return release_of(content, workspace, number, pages)


def rollback(workspace: Workspace) -> tuple[str, str]:
    """Make the release before the public one public again; gives the names of what was public and what is.

    Raises:
        DataError: there is none.
    """
    remove_leftovers(workspace)
    before = name_of_release(workspace, present_number(workspace))
    return before, name_of_release(workspace, roll_back(workspace))


def name_of_release(workspace: Workspace, number: int | None) -> str:
    """What a release calls itself; one of another version may have nothing but its number."""
    content = None if number is None else manifest_of(workspace.releases / str(number))
    return f"number {number}" if content is None else str(content["release_id"])


def published_until(workspace: Workspace, present: int | None) -> list[int]:
    """The public release and those before it; a later one was rolled back or never became public."""
    return [number for number in numbers(workspace) if present is not None and number <= present]


def make_public(settings: Settings, workspace: Workspace, number: int, earlier: Sequence[int]) -> None:
    """Swap a release in, then let go of all but the last few of its line."""
    swap_in(workspace, number)
    kept = int(str(settings.variable("keep_releases")))
    keep(workspace, [*earlier, number][-kept:])


def release_of(
    content: dict[str, Any], workspace: Workspace, number: int, pages: tuple[Path, ...]
) -> Release:
    """A release as its manifest tells it."""
    rows = {label: table["rows"] for label, table in content.get("tables", {}).items()}
    return Release(content["release_id"], number, workspace.releases / str(number), rows, pages)


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


def gate_tables() -> tuple[PublishedTable, PublishedTable]:
    """`quality.check_results` and `quality.profiles`, which the gate writes and not dbt."""
    from cx_warehouse.quality import profiles, results

    as_of = ("as_of", "timestamp", results.DESCRIPTIONS["as_of"])
    return (
        PublishedTable(
            "quality",
            "check_results",
            CHECK_RESULTS_DESCRIPTION,
            (
                *(
                    (field.name, "text", results.DESCRIPTIONS[field.name])
                    for field in fields(results.CheckResult)
                ),
                as_of,
            ),
            ("check_id",),
        ),
        PublishedTable(
            "quality",
            "profiles",
            profiles.DESCRIPTION,
            (*profiles.COLUMNS, as_of),
            ("subject", "column_name", "category"),
        ),
    )


def write_tables(
    folder: Path, built: Build, gate: dict[str, Any], workspace: Workspace, display: Display
) -> dict[str, Any]:
    """The release's database, Parquet files and `release.json`; gives what the last one says."""
    tables = [*published_tables(read_artifact(workspace, "manifest")), *gate_tables()]
    (folder / "marts").mkdir()
    with duckdb.connect() as release:
        release.execute("set timezone = 'UTC'")
        release.create_function("published_row", hiding(), [VARCHAR] * 4, VARCHAR)
        # The file itself cannot be opened under its own name: that is the build's, by which views know it.
        address = str(folder / RELEASE_FILE).replace("'", "''")
        release.execute(f"attach '{address}' as release")
        release.execute("use release")
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
        release.execute("checkpoint release")
    (folder / "release.json").write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return content


@contextmanager
def copier(release: duckdb.DuckDBPyConnection, built: Build, workspace: Workspace) -> Iterator[Any]:
    """A function that copies one table from the build into the release, in the order of its grain."""
    if built.target == "duckdb":
        address = str(workspace.build_file).replace("'", "''")
        build = quoted(workspace.build_file.stem)
        release.execute(f"attach '{address}' as {build} (read_only)")

        def copy_attached(table: PublishedTable) -> None:
            release.execute(created(table, f"{build}.{table.label}"))

        yield copy_attached
        release.execute(f"detach {build}")
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
                    f"copy (select {', '.join(names)} from {table.label}) to stdout "  # noqa: S608 - names of ours
                    "(format csv, header false)",
                    stream,
                )
            address = str(export).replace("'", "''")
            source = (
                f"read_csv('{address}', header = false, columns = {{{types}}}, delim = ',', quote = '\"', "
                "escape = '\"', nullstr = '', allow_quoted_nulls = false, max_line_size = 16777216, "
                "parallel = false)"
            )
            release.execute(created(table, source))
            export.unlink()

        yield copy_exported


def created(table: PublishedTable, source: str) -> str:
    """The statement that copies a table, in order; nothing personal in refused rows reaches the file."""
    if table.label == REFUSED:
        hidden = (
            "select * replace (published_row(system, table_name, reason, raw_row) as raw_row) "  # noqa: S608 - names of ours
            f"from {source}"
        )
        source = (
            "(select * replace (row_number() over ("  # noqa: S608 - names of ours
            "partition by system, table_name, row_key, reason, raw_row order by system) as copy_number) "
            f"from ({hidden}))"
        )
    return (
        f"create table {table.label} as select * from {source} "  # noqa: S608 - names of ours
        f"order by {order_of(table)}"
    )


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
        "select count(*), coalesce(sum(cast(md5_number_lower(cast(to_json(one) as varchar)) as hugeint)), 0) "  # noqa: S608 - names of ours
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
                "hash": built.inputs.get(table.label),
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
            if name not in UNTOLD_VARIABLES
        },
        "inputs": inputs,
        "checks": gate["counts"],
        "tables": tables,
    }
    identity = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    return {"release_id": identity, **content}


def stamp_release(release: duckdb.DuckDBPyConnection, content: dict[str, Any]) -> None:
    """`quality.release`: one row that says which release this file belongs to."""
    declared = ", ".join(f"{name} {kind}" for name, kind, _ in RELEASE_COLUMNS)
    release.execute(f"create table quality.release ({declared})")
    values = [content[name] for name, _, _ in RELEASE_COLUMNS]
    release.execute(
        f"insert into quality.release values ({', '.join('?' for _ in values)})",  # noqa: S608 - names of ours
        [json.dumps(value) if isinstance(value, dict) else value for value in values],
    )
    described = PublishedTable("quality", "release", RELEASE_DESCRIPTION, RELEASE_COLUMNS, ())
    describe(release, described)


def write_parquet(
    release: duckdb.DuckDBPyConnection, table: PublishedTable, folder: Path, identity: str
) -> None:
    """One mart as a Parquet file that names its release."""
    address = str(folder / f"{table.name}.parquet").replace("'", "''")
    release.execute(
        f"copy (select * from {table.label} order by {order_of(table)}) to '{address}' "  # noqa: S608 - names of ours
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


def release_table(release: Release) -> Table:
    """The published tables with their rows."""
    return Table(
        "Published",
        ("table", "rows"),
        [(label, rows) for label, rows in sorted(release.rows.items())],
        frozenset({"rows"}),
    )
