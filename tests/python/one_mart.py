"""A build of one mart, as dbt and the gate would leave it: a release of it takes a moment."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import duckdb

from cx_warehouse.display import PlainLines
from cx_warehouse.publish import Release, publish
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import Workspace

SETTINGS = Settings({}, Path(), "duckdb", False, ("en",))


def one_line_renderer() -> ModuleType:
    """Stands in for reports.render: a report of one line that says which release it was rendered from."""

    def render(release: Path, to: Path, languages: Sequence[str], **asked: object) -> list[Path]:
        if asked.get("segment") == "Nobody":
            raise ValueError("The release has no segment Nobody; it has Small business.")
        with duckdb.connect(str(release), read_only=True) as connection:
            found = connection.execute("select release_id from quality.release").fetchone()
        assert found
        (to / "index.html").write_text(found[0])
        return [to / "index.html"]

    module = ModuleType("reports.render")
    module.render = render  # type: ignore[attr-defined]
    return module


def make_build(workspace: Workspace, *, nps: int, is_green: bool = True) -> None:
    """A build of one mart, as dbt and the gate would leave it."""
    workspace.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(workspace.build_file)) as connection:
        connection.execute(
            f"""
            create schema marts; create schema quality; create schema intermediate; create schema staging;
            create table staging.private as select 1 as secret;
            create table intermediate.int_build_clock as select timestamp '2026-07-01' as as_of;
            create table marts.kpi_nps as
                select * from (values ('b', 2.5, null), ('a', {nps}.0, 'ein'' "Wort"'))
                as rows (programme, nps, note);
            create table quality.row_reconciliation as select 'crm' as system, 'customers' as table_name,
                3::bigint as raw_rows, 2::bigint as accepted_rows, 1::bigint as rejected_rows,
                0::bigint as superseded_rows, true as is_delivered;
            create table quality.check_results as select 'x' as check_id, 'dbt_test' as kind, 'z' as suite,
                'y' as subject, 'e' as expectation, 'critical' as severity, 'pass' as status,
                '' as observed, '' as expected, '' as message, timestamp '2026-07-01' as as_of;
            create table quality.profiles as select 'marts.kpi_nps' as subject, '*' as column_name,
                cast(null as text) as category, 2::bigint as row_count, timestamp '2026-07-01' as as_of;
            """
        )
    nodes = {
        "model.nps": node("marts", "kpi_nps", ["programme", "nps", "note"]),
        "model.rows": node("quality", "row_reconciliation", []),
        "model.private": node("staging", "private", []),
        "test.nps": {
            "resource_type": "test",
            "attached_node": "model.nps",
            "test_metadata": {"name": "unique_grain", "kwargs": {"columns": ["programme"]}},
        },
    }
    write(workspace.artifacts / "manifest.json", {"nodes": nodes})
    stamp = {
        "invocation": "one",
        "target": "duckdb",
        "models": 2,
        "failed_tests": [],
        "inputs": {},
        "still_read": {},
    }
    write(workspace.build_stamp, stamp | {"variables": {"as_of": "2026-07-01", "raw_path": "/some/where"}})
    counts = {"pass": 1, "warn": 0, "fail": 0, "error": 0}
    gate = {"invocation": "one", "is_green": is_green, "counts": counts, "max_rejected_share": 0.1}
    write(workspace.gate_stamp, gate)


def node(schema: str, name: str, columns: Sequence[str]) -> dict[str, object]:
    described = {
        column: {"name": column, "data_type": "text", "description": f"The {column}'s meaning."}
        for column in columns
    }
    return {
        "resource_type": "model", "schema": schema, "name": name,
        "description": f"What {name} holds.", "columns": described,
    }  # fmt: skip


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content))


def release(workspace: Workspace) -> Release:
    """Publish the present build."""
    return publish(SETTINGS, workspace, PlainLines())


def published_nps(workspace: Workspace) -> list[tuple[object, ...]]:
    """What a reader of the public database sees."""
    with duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("select programme, cast(nps as double) from marts.kpi_nps").fetchall()


def identities(folder: Path) -> set[str]:
    """The release that each part of a release says it belongs to; a public folder or one of `.releases`."""
    parquet = str(folder / "marts" / "kpi_nps.parquet").replace("'", "''")
    with duckdb.connect(str(folder / "cx_warehouse.duckdb"), read_only=True) as connection:
        database = connection.execute("select release_id from quality.release").fetchall()[0][0]
        metadata = connection.execute(
            f"select decode(value) from parquet_kv_metadata('{parquet}') where decode(key) = 'release_id'"
        ).fetchall()
    page = (folder / "reports" / "index.html").read_text()
    told = (folder / "cx_warehouse.duckdb").resolve().with_name("release.json").read_text()
    return {database, metadata[0][0], page, json.loads(told)["release_id"]}
