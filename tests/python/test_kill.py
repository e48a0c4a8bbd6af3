"""SIGKILL at random moments of every step: the release stays whole, and the next run succeeds."""

import hashlib
import json
import multiprocessing
import os
import random
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import duckdb
import pytest
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.workspace import Workspace

# Two kills, then a run that must succeed; the second kill of a pair also meets what the first left behind.
ROUNDS = (
    *(("build", "gate"), ("gate", "publish"), ("report", "build")),
    *(("publish", "gate"), ("build", "report")),
)
# How long each step takes at least, in seconds, on a quiet machine.
LASTING = {"build": 6.0, "gate": 2.0, "publish": 1.0, "report": 1.5}
PATIENCE = 300.0


@dataclass(frozen=True)
class Seen:
    """What a destination shows: the release its database, its files and its pages belong to."""

    release: str
    pages: str


def run_cx(raw: str, to: str, log: str) -> None:
    """In a process of its own: `cx run` with its lines in a file."""
    from cx_warehouse.cli import main

    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    main(["run", "--raw", raw, "--vars", json.dumps(VARIABLES), "--to", to], prog_name="cx")


def start(raw: Path, workspace: Workspace, log: Path) -> BaseProcess:
    log.unlink(missing_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["dbt.cli.main", "cx_warehouse.quality.suites", "cx_warehouse.publish", "reports.render"]
    )
    process = context.Process(target=run_cx, args=(str(raw), str(workspace.to), str(log)))
    process.start()
    return process


def wait_for(line: str, log: Path, process: BaseProcess) -> float:
    """Until a line is in the log; gives the instant."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if log.exists() and line in log.read_text():
            return time.monotonic()
        assert process.is_alive(), log.read_text()
        time.sleep(0.002)
    raise AssertionError(f"{line} never came")


def run_whole(raw: Path, workspace: Workspace, log: Path) -> None:
    process = start(raw, workspace, log)
    process.join(PATIENCE)
    assert process.exitcode == 0, log.read_text()


def seen(workspace: Workspace) -> Seen:
    """Read everything that is public; fails where it is broken or mixed."""
    content = json.loads((workspace.current / "release.json").read_text())
    with duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True) as connection:
        (identity,) = connection.execute("select release_id from quality.release").fetchall()[0]
        assert identity == content["release_id"]
        for label, table in content["tables"].items():
            assert connection.execute(f"select count(*) from {label}").fetchall() == [(table["rows"],)]
        marts = [label.removeprefix("marts.") for label in content["tables"] if label.startswith("marts.")]
        for mart in marts:
            address = workspace.to / "marts" / f"{mart}.parquet"
            rows = content["tables"][f"marts.{mart}"]["rows"]
            assert connection.execute(f"select count(*) from '{address}'").fetchall() == [(rows,)]
            metadata = connection.execute(f"select decode(value) from parquet_kv_metadata('{address}')")
            assert metadata.fetchall() == [(identity,)]
    assert {path.stem for path in (workspace.to / "marts").iterdir()} == set(marts)
    digest = hashlib.sha256()
    for page in sorted((workspace.to / "reports").iterdir()):
        digest.update(page.name.encode() + page.read_bytes())
    assert (workspace.to / "reports" / "index.html").is_file()
    return Seen(identity, digest.hexdigest())


@pytest.mark.slow
def test_ten_kills_break_no_release_and_the_next_run_succeeds(tmp_path: Path) -> None:
    raws = [write_small_raw(tmp_path / f"raw{shift}", shift=shift) for shift in (0, 1)]
    workspace, log = Workspace(tmp_path / "to"), tmp_path / "log"
    known = []
    for raw in raws:
        run_whole(raw, workspace, log)
        known.append(seen(workspace))
    assert known[0] != known[1]
    dice, kills = random.Random(2026), 0
    for number, steps in enumerate(ROUNDS):
        following = number % 2
        for step in steps:
            process = start(raws[following], workspace, log)
            wait_for(f"{step}: started", log, process)
            time.sleep(dice.uniform(0, LASTING[step]))
            kills += process.is_alive()
            process.kill()
            process.join()
            assert seen(workspace) in known, "a release of two halves"
        run_whole(raws[following], workspace, log)
        assert seen(workspace) == known[following]
    print(f"{kills} runs killed during build, gate, publish and report; 0 releases broken")
    assert kills >= 8
    assert sorted(path.name.isdigit() for path in workspace.releases.iterdir()) == [True] * 3
