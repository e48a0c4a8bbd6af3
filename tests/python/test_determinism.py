"""The same input gives the same release: every mart, every check, every page, whatever the clock and zone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.cli import main
from cx_warehouse.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[2]


def release_text(workspace: Workspace) -> str:
    return (workspace.current / "release.json").read_text()


def pages(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((workspace.to / "reports").iterdir())}


def test_another_process_in_another_zone_gives_the_same_release(released: Workspace, tmp_path: Path) -> None:
    raw = write_small_raw(tmp_path / "elsewhere" / "raw")
    again = Workspace(tmp_path / "again")
    options = ["--raw", raw, "--vars", json.dumps(VARIABLES), "--to", again.to]
    done = subprocess.run(
        [sys.executable, "-m", "cx_warehouse", "run", *options],
        cwd=PROJECT, env={**os.environ, "TZ": "Asia/Tokyo"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert release_text(again) == release_text(released)
    assert pages(again) == pages(released)


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
