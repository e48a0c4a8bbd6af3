"""SIGKILL at every file step and at random moments: no release is broken, and what comes next succeeds."""

import hashlib
import itertools
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from one_mart import SETTINGS, identities, make_build, one_line_renderer, release
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.cli import main
from cx_warehouse.intake import look, write_copies
from cx_warehouse.publish import report, rollback
from cx_warehouse.releases import numbers
from cx_warehouse.workspace import Workspace

# What a process asks of the file system, as Python tells it; DuckDB's own writes lie between.
FILE_STEPS = {"open", "os.mkdir", "os.rename", "os.symlink", "os.link"}
# These name what they remove by its folder's handle, not by a path.
REMOVALS = {"os.remove", "os.rmdir"}
RANDOM_KILLS = 12
# How long each step of the small company takes at least, in seconds, on a quiet machine.
LASTING = {"build": 7.0, "gate": 2.0, "publish": 1.0, "report": 2.5}
ROUNDS = 3
PATIENCE = 300.0


def start(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that has everything imported and holds nothing of this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["dbt.cli.main", "cx_warehouse.quality.suites", "cx_warehouse.publish", "reports.render", "test_kill"]
    )
    process = context.Process(target=work, args=arguments)
    process.start()
    return process


def carry_out(step: str, workspace: Workspace) -> None:
    """One step on the build of one mart."""
    sys.modules["reports.render"] = one_line_renderer()
    if step == "publish":
        release(workspace)
    elif step == "report":
        report(SETTINGS, workspace)
    else:
        rollback(workspace)


def die_before(deadline: int | None, place: str) -> None:
    """Kill this process before its so-manieth file step below a place."""
    count = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        is_step = event in FILE_STEPS and any(str(one).startswith(place) for one in arguments)
        if event in REMOVALS or is_step:
            count += 1
            if count == deadline:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def carry_out_and_die(step: str, to: str, deadline: int | None) -> None:
    """In a process of its own: one step, killed before its so-manieth file step below the destination."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    die_before(deadline, to)
    carry_out(step, Workspace(Path(to)))


def whole(workspace: Workspace) -> str:
    """The public release, when all of it is of one release and every release that is kept is whole."""
    for number in numbers(workspace):
        assert len(identities(workspace.releases / str(number))) == 1, number
    (public,) = identities(workspace.to)
    return public


def kill_then_publish(workspace: Workspace, step: str, nps: int, kill: Callable[[], bool]) -> bool:
    """Kill a step on a destination with releases: all is whole, and the next publish succeeds."""
    make_build(workspace, nps=nps)
    earlier, before = (
        next(iter(identities(workspace.releases / str(number)))) for number in numbers(workspace)[-2:]
    )
    is_killed = kill()
    seen = whole(workspace)
    after = release(workspace).identity
    assert seen in {"publish": {before, after}, "report": {before}, "rollback": {before, earlier}}[step]
    assert whole(workspace) == after
    assert all(path.name.isdigit() for path in workspace.releases.iterdir())
    assert len(numbers(workspace)) <= 3
    return is_killed


def test_a_kill_before_any_file_step_or_at_a_random_moment_breaks_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    monkeypatch.setitem(sys.modules, "reports.render", one_line_renderer())
    workspace = Workspace(tmp_path / "to")
    workspace.prepare()
    runs = itertools.count()
    for _ in range(2):
        make_build(workspace, nps=next(runs) % 50)
        release(workspace)
    dice = random.Random(2026)

    def killed(step: str, deadline: int | None, delay: float | None = None) -> bool:
        process = start(carry_out_and_die, step, str(workspace.to), deadline)
        process.join(delay)
        process.kill()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
        return process.exitcode != 0

    kills = {}
    for step in ("publish", "report", "rollback"):
        kills[step] = 0
        for deadline in itertools.count(1):
            if not kill_then_publish(workspace, step, next(runs) % 50, partial(killed, step, deadline)):
                break
            kills[step] += 1
    kills["publish, at a random moment"] = sum(
        kill_then_publish(
            workspace, "publish", next(runs) % 50, partial(killed, "publish", None, dice.uniform(0.02, 0.3))
        )
        for _ in range(RANDOM_KILLS)
    )
    counted = ", ".join(f"{count} in {step}" for step, count in kills.items())
    tell(f"{sum(kills.values())} kills of one-mart releases ({counted}): 0 releases broken")
    assert all(kills.values())
    assert sum(kills.values()) >= 50


def copy_and_die(raw: str, folder: str, deadline: int | None) -> None:
    """In a process of its own: clean copies of raw files, killed before one file step below their folder."""
    die_before(deadline, folder)
    write_copies(look(Path(raw), is_counting=False), Path(folder))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_kill_while_clean_copies_are_written_leaves_nothing_that_the_next_copies_do_not_replace(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    raw, folder = write_small_raw(tmp_path / "raw"), tmp_path / "copies"
    for name in ("crm/customers", "helpdesk/tickets", "surveys/answers"):
        path = raw / f"{name}.csv"
        rows = path.read_text().replace(",", ";").splitlines()
        path.write_text("\n".join([*rows, *(f"ž{number};ė" for number in range(60_000))]), encoding="cp1257")
    (folder / "crm").mkdir(parents=True)
    (folder / "crm" / "orders.csv").write_text("order_id\nof an earlier run\n")
    write_copies(look(raw, is_counting=False), folder)
    whole = contents(folder)
    assert set(whole) == {
        "repairs.csv", "crm/customers.csv", "helpdesk/tickets.csv", "surveys/answers.csv",
    }  # fmt: skip
    dice = random.Random(2026)
    kills, halves = 0, 0
    for deadline in itertools.count(1):
        process = start(copy_and_die, str(raw), str(folder), deadline)
        process.join()
        if process.exitcode == 0:
            break
        kills += 1
        halves += contents(folder) != whole
    for _ in range(6):
        process = start(copy_and_die, str(raw), str(folder), None)
        process.join(dice.uniform(0.05, 0.6))
        process.kill()
        process.join()
        kills += process.exitcode != 0
        halves += contents(folder) != whole
    write_copies(look(raw, is_counting=False), folder)
    assert contents(folder) == whole
    assert kills >= 8
    assert halves >= 5
    tell(f"{kills} kills of clean copies, {halves} of which left half of them: the next are whole")


@dataclass(frozen=True)
class Seen:
    """What a destination shows: the release its database, its files and its pages belong to."""

    release: str
    pages: str


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
    for page in sorted(path for path in (workspace.to / "reports").rglob("*") if path.is_file()):
        digest.update(page.name.encode() + page.read_bytes())
    assert (workspace.to / "reports" / "index.html").is_file()
    return Seen(identity, digest.hexdigest())


def call_cx(log: str, *arguments: str) -> None:
    """In a process of its own: `cx` with its lines in a file."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    main(arguments, prog_name="cx")


@dataclass(frozen=True)
class Company:
    """The small company's destination, and `cx` called on it."""

    workspace: Workspace
    log: Path
    dice: random.Random

    def start(self, command: str, *options: str) -> BaseProcess:
        """Begin a command."""
        self.log.unlink(missing_ok=True)
        return start(call_cx, str(self.log), command, *options, "--to", str(self.workspace.to))

    def succeed(self, command: str, *options: str) -> None:
        """A command that must succeed."""
        process = self.start(command, *options)
        process.join(PATIENCE)
        assert process.exitcode == 0, self.log.read_text()

    def be_refused(self) -> None:
        """A second run while the first is at work."""
        second = CliRunner().invoke(main, ["run", "--to", str(self.workspace.to)])
        assert second.exit_code == 1
        assert (
            second.stderr
            == f"Error: Another cx is at work on {self.workspace.to}; wait for it or choose another --to.\n"
        )

    def kill(self, command: str, step: str, *options: str) -> bool:
        """A command killed a random while after one of its steps began; all steps before must succeed."""
        process = self.start(command, *options)
        deadline = time.monotonic() + PATIENCE
        while not (self.log.exists() and f"{step}: started" in self.log.read_text()):
            assert process.is_alive(), self.log.read_text()
            assert time.monotonic() < deadline, f"{step} never began"
            time.sleep(0.005)
        if step == "build":
            self.be_refused()
        time.sleep(self.dice.uniform(0, LASTING[step]))
        is_killed = process.is_alive()
        process.kill()
        process.join()
        return is_killed


@pytest.mark.slow
def test_kills_in_every_step_of_a_run_break_no_release_and_what_comes_next_succeeds(
    released: Workspace, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """Each killed build is followed by a build that succeeds, each gate by a gate, each publish by a publish.

    A killed run leaves an unfinished build, a finished one that is not judged, or a judged one that is not
    public: the next run begins with the step that the last one did not end.
    """
    company = Company(Workspace(tmp_path / "to"), tmp_path / "log", random.Random(2026))
    workspace = company.workspace
    shutil.copytree(released.to, workspace.to, symlinks=True)
    allowed, kills = {seen(workspace)}, []
    for number in range(ROUNDS):
        raw = write_small_raw(tmp_path / f"raw{number}", shift=1 + number)
        options = ("--raw", str(raw), "--vars", json.dumps(VARIABLES))
        kills.append(company.kill("run", "build", *options))
        assert seen(workspace) in allowed
        if number == 1:
            damage(workspace)
        kills.append(company.kill("run", "gate", *options))
        assert ("was damaged" in company.log.read_text()) == (number == 1)
        assert seen(workspace) in allowed
        company.succeed("check")
        kills.append(company.kill("publish", "publish"))
        halfway = seen(workspace)
        kills.append(company.kill("publish", "report"))
        either = seen(workspace)
        company.succeed("publish")
        after = seen(workspace)
        assert {halfway, either} <= {*allowed, after}, "a release of two halves"
        kills.append(company.kill("report", "report"))
        assert seen(workspace) == after
        company.succeed("report")
        assert seen(workspace) == after
        assert after not in allowed
        allowed = {after}
    assert all(path.name.isdigit() for path in workspace.releases.iterdir())
    tell(f"{sum(kills)} kills in the steps of the small company's runs: 0 releases broken")
    assert sum(kills) >= 4 * ROUNDS


def damage(workspace: Workspace) -> None:
    """What a disk may do to the build file and to dbt's own notes."""
    with workspace.build_file.open("r+b") as stream:
        stream.write(b"\0" * 12288)
    parsed = workspace.artifacts / "partial_parse.msgpack"
    parsed.write_bytes(parsed.read_bytes()[:1000])
