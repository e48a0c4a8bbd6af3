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

STEPS = ("build", "build", "build", "gate", "gate", "gate", "publish", "publish", "report", "report")
PATIENCE = 120.0


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
    for raw in (*raws, raws[0]):
        started = time.monotonic()
        run_whole(raw, workspace, log)
        known.append(seen(workspace))
    assert known[0] == known[2] != known[1]
    seconds = time.monotonic() - started
    dice, killed = random.Random(2026), 0
    lasting = {"build": 0.5, "gate": 0.2, "publish": 0.1, "report": 0.1}
    for number, step in enumerate(STEPS):
        present, following = number % 2, (number + 1) % 2
        process = start(raws[following], workspace, log)
        wait_for(f"{step}: started", log, process)
        time.sleep(dice.uniform(0, lasting[step] * seconds))
        killed += process.is_alive()
        process.kill()
        process.join()
        after = seen(workspace)
        assert after in (known[present], known[following]), "a release of two halves"
        run_whole(raws[following], workspace, log)
        assert seen(workspace) == known[following]
    print(f"{killed} runs killed in {', '.join(dict.fromkeys(STEPS))}; 0 releases broken")
    assert killed >= 8
    leftovers = [path.name for path in workspace.releases.iterdir() if not path.name.isdigit()]
    assert not leftovers
    assert len(list(workspace.releases.iterdir())) == 3
