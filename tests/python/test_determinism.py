"""The same input gives the same release: every mart, every check, every page, whatever the clock and zone."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from small_raw import VARIABLES, write_small_raw

from cx_warehouse import __version__
from cx_warehouse.cli import main
from cx_warehouse.publish import content_hash
from cx_warehouse.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[2]


def release_text(workspace: Workspace) -> str:
    return (workspace.current / "release.json").read_text()


def pages(workspace: Workspace) -> dict[str, bytes]:
    found = sorted(path for path in (workspace.to / "reports").rglob("*") if path.is_file())
    return {str(path.relative_to(workspace.to)): path.read_bytes() for path in found}


@pytest.mark.parametrize(("zone", "threads"), [("Asia/Tokyo", "1"), ("America/New_York", "4")])
def test_another_process_in_another_zone_with_other_threads_gives_the_same_release(
    released: Workspace, tmp_path: Path, zone: str, threads: str
) -> None:
    raw = write_small_raw(tmp_path / "elsewhere" / "raw")
    again = Workspace(tmp_path / "again")
    options = ["--raw", raw, "--vars", json.dumps(VARIABLES), "--to", again.to]
    done = subprocess.run(
        [sys.executable, "-m", "cx_warehouse", "run", *options],
        cwd=PROJECT, env={**os.environ, "TZ": zone, "CX_THREADS": threads},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert release_text(again) == release_text(released)
    assert pages(again) == pages(released)


def test_the_manifest_says_what_the_release_stands_on_and_holds(released: Workspace) -> None:
    content = json.loads(release_text(released))
    raw = released.to.parent / "raw"
    assert set(content["inputs"]) == {f"{path.parent.name}.{path.stem}" for path in raw.rglob("*.csv")}
    for label, told in content["inputs"].items():
        path = raw / f"{label.replace('.', '/')}.csv"
        assert told["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        assert told["raw_rows"] == len(path.read_text().splitlines()) - 1
    assert content["version"] == __version__
    assert content["variables"] == {**VARIABLES, "raw": "files", "max_rejected_share": 0.1}
    with duckdb.connect(str(released.to / "cx_warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where table_name <> 'release'"
        ).fetchall()
        assert set(content["tables"]) == {name for (name,) in tables}
        for label, told in content["tables"].items():
            assert content_hash(connection, label) == told
        checks = connection.execute(
            "select status, count(*) from quality.check_results group by status"
        ).fetchall()
        assert {status: count for status, count in content["checks"].items() if count} == dict(checks)
        row = connection.execute(
            "select release_id, version, as_of, variables, inputs, checks, tables from quality.release"
        ).fetchone()
    assert row is not None
    assert [*row[:2], row[2].isoformat(), *(json.loads(text) for text in row[3:])] == list(content.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.write_text("customer_id\n"), "changed while it was being read"),
        (Path.unlink, "is read until the release is written and cannot be any more"),
    ],
)
def test_an_input_that_changes_while_it_is_read_stops_the_build(
    change: Callable[[Path], object], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = write_small_raw(tmp_path / "raw")
    monkeypatch.setattr("cx_warehouse.build.run_dbt", lambda *_: change(raw / "crm" / "customers.csv"))
    result = CliRunner().invoke(main, ["build", "--raw", str(raw), "--to", str(tmp_path / "to")])
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith(f"Error: {raw / 'crm' / 'customers.csv'} {said}")


def test_the_steps_one_by_one_give_what_run_gives(released: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "steps")
    shutil.copytree(released.artifacts, workspace.artifacts)
    raw = write_small_raw(tmp_path / "raw")
    to = ["--to", str(workspace.to)]
    build = ["build", "--raw", str(raw), "--vars", json.dumps(VARIABLES), "--full-refresh", *to]
    for arguments in (build, ["check", *to], ["publish", *to], ["report", *to]):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    assert release_text(workspace) == release_text(released)
    assert pages(workspace) == pages(released)
    assert workspace.current.readlink() == Path(".releases/2")
