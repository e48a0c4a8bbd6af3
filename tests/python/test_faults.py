"""Broken machines: a disk that runs full, a folder that cannot be written, a release of another version."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from one_mart import SETTINGS, identities, make_build, one_line_renderer, published_nps, release
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.cli import main
from cx_warehouse.display import PlainLines
from cx_warehouse.errors import DataError
from cx_warehouse.publish import publish, report, rollback
from cx_warehouse.releases import numbers
from cx_warehouse.workspace import Workspace

MOUNTS = "mounting a file system needs root"


@pytest.fixture(autouse=True)
def renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reports.render", one_line_renderer())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)], capture_output=True, check=False
    ) if os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode != 0:
        pytest.skip(MOUNTS)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def fill(folder: Path, *, leaving: int) -> Path:
    """Leave so many bytes of a file system free."""
    ballast = folder / "ballast"
    ballast.unlink(missing_ok=True)
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(free - leaving, 1))
    return ballast


def sentence_of(step: Callable[[], object]) -> str:
    """The sentence of a step that cannot be done, nothing of one that can."""
    try:
        step()
    except DataError as error:
        return error.message
    return ""


def refused(step: Callable[[], object]) -> str:
    """The sentence of a step that must not be done."""
    sentence = sentence_of(step)
    assert sentence
    assert "\n" not in sentence
    return sentence


def test_a_disk_that_runs_full_at_any_byte_keeps_the_last_release_and_one_with_room_again_the_next(
    small_disk: Path, tell: Callable[[str], None]
) -> None:
    workspace = Workspace(small_disk / "to")
    workspace.prepare()
    make_build(workspace, nps=1)
    before = release(workspace).identity
    failures = 0
    for kilobytes in (0, 4, 8, 16, 64, 256, 512, 768, 1024, 1280, 1536, 2048, 3072, 4096):
        (small_disk / "ballast").unlink(missing_ok=True)
        make_build(workspace, nps=100 + kilobytes)
        fill(small_disk, leaving=kilobytes * 1024)
        sentence = sentence_of(lambda: release(workspace))
        if sentence:
            failures += 1
            assert "No space left" in sentence
            assert identities(workspace.to) == {before}
            assert all(path.name.isdigit() for path in workspace.releases.iterdir())
            (small_disk / "ballast").unlink()
            release(workspace)
        (after,) = identities(workspace.to)
        assert identities(workspace.to) == {after} != {before}
        before = after
    tell(f"{failures} times no room on the disk for a release: 0 releases broken")
    assert failures >= 5


def test_a_build_on_a_disk_that_runs_full_keeps_the_last_release_and_with_room_the_next_succeeds(
    small_disk: Path, tmp_path: Path
) -> None:
    workspace = Workspace(small_disk / "to")
    workspace.prepare()
    make_build(workspace, nps=1)
    before = release(workspace).identity
    ballast = fill(small_disk, leaving=12 * 1024 * 1024)
    raw = write_small_raw(tmp_path / "raw")
    options = ["--raw", str(raw), "--vars", json.dumps(VARIABLES), "--to", str(workspace.to)]
    result = CliRunner().invoke(main, ["build", *options])
    assert result.exit_code == 1, result.output
    assert "No space left on device" in result.stderr
    assert "Traceback" not in result.output
    assert result.stderr.count("\n") == 1
    assert identities(workspace.to) == {before}
    assert "no finished build" in CliRunner().invoke(main, ["check", "--to", str(workspace.to)]).stderr
    remount(small_disk, "size=400m")
    ballast.unlink()
    again = CliRunner().invoke(main, ["build", *options])
    assert again.exit_code == 0, again.output
    assert identities(workspace.to) == {before}


def test_a_folder_that_cannot_be_written_is_named_and_stays_readable(small_disk: Path) -> None:
    workspace = Workspace(small_disk / "to")
    workspace.prepare()
    make_build(workspace, nps=1)
    before = release(workspace).identity
    make_build(workspace, nps=2)
    remount(small_disk, "ro")
    for step in (lambda: release(workspace), lambda: report(SETTINGS, workspace)):
        assert "Read-only file system" in refused(step)
    for command in ("run", "build", "check", "publish", "report", "rollback"):
        result = CliRunner().invoke(main, [command, "--to", str(workspace.to)])
        assert result.exit_code == 1, result.output
        assert result.stderr == f"Error: {workspace.to} cannot be written: Read-only file system.\n"
    assert identities(workspace.to) == {before}
    remount(small_disk, "rw")
    after = release(workspace).identity
    assert identities(workspace.to) == {after} != {before}


def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "to").mkdir(mode=0o555)
    result = CliRunner().invoke(main, ["run", "--to", str(tmp_path / "to")])
    assert result.exit_code == 1
    assert "cannot be written: Permission denied" in result.stderr


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "to")
    workspace.prepare()
    make_build(workspace, nps=1)
    return workspace


def older(workspace: Workspace) -> None:
    """Make the public release look as one of another version: no manifest, other tables, no pages."""
    with duckdb.connect(str((workspace.to / "cx_warehouse.duckdb").resolve())) as connection:
        connection.execute("drop schema quality cascade; create table marts.kpi_old as select 7 as nps")
    (workspace.current / "release.json").unlink()
    shutil.rmtree(workspace.current / "reports")


def test_a_release_of_another_version_stays_readable_is_replaced_and_can_come_back(
    workspace: Workspace,
) -> None:
    release(workspace)
    older(workspace)
    with duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True) as reader:
        make_build(workspace, nps=2)
        assert "another version" in refused(lambda: report(SETTINGS, workspace))
        after = release(workspace)
        assert reader.execute("select nps from marts.kpi_old").fetchall() == [(7,)]
    assert identities(workspace.to) == {after.identity}
    assert rollback(workspace) == (after.identity, "number 1")
    with duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True) as reader:
        assert reader.execute("select nps from marts.kpi_old").fetchall() == [(7,)]
    make_build(workspace, nps=3)
    again = release(workspace)
    assert identities(workspace.to) == {again.identity}
    assert numbers(workspace) == [1, 3]


def test_rollback_takes_back_one_release_after_another_and_none_that_was_taken_back_returns(
    workspace: Workspace,
) -> None:
    names = [release(workspace).identity]
    for nps in (2, 3):
        make_build(workspace, nps=nps)
        names.append(release(workspace).identity)
    reader = duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True)
    assert rollback(workspace) == (names[2], names[1])
    assert identities(workspace.to) == {names[1]}
    assert published_nps(workspace)[0] == ("a", 2.0)
    assert reader.execute("select max(nps) from marts.kpi_nps").fetchone() == (3.0,)
    reader.close()
    assert report(SETTINGS, workspace).identity == names[1]
    assert rollback(workspace) == (names[1], names[0])
    assert "no release before" in refused(lambda: rollback(workspace))
    make_build(workspace, nps=4)
    after = release(workspace).identity
    assert rollback(workspace) == (after, names[0])
    assert identities(workspace.to) == {names[0]}


@pytest.mark.parametrize(
    ("variables", "kept"), [({"keep_releases": 1}, [5]), ({"keep_releases": 9}, [1, 2, 3, 4, 5])]
)
def test_as_many_releases_are_kept_as_the_variable_says(
    workspace: Workspace, variables: dict[str, int], kept: list[int]
) -> None:
    for nps in range(5):
        make_build(workspace, nps=nps)
        publish(replace(SETTINGS, variables=variables), workspace, PlainLines())
    assert numbers(workspace) == kept
    content = json.loads((workspace.current / "release.json").read_text())
    assert "keep_releases" not in content["variables"]


def test_rolling_back_is_one_command(workspace: Workspace) -> None:
    names = [release(workspace).identity]
    assert "no release before" in CliRunner().invoke(main, ["rollback", "--to", str(workspace.to)]).stderr
    make_build(workspace, nps=2)
    names.append(release(workspace).identity)
    result = CliRunner().invoke(main, ["rollback", "--to", str(workspace.to)])
    assert result.exit_code == 0, result.output
    assert f"Release {names[0]} is public again, instead of {names[1]}." in result.output
    assert identities(workspace.to) == {names[0]}
    nothing = CliRunner().invoke(main, ["rollback", "--to", str(workspace.to / "elsewhere")])
    assert (nothing.exit_code, nothing.stderr.count("\n")) == (1, 1)
    assert "run cx run first" in nothing.stderr


def test_a_public_link_that_is_not_ours_is_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.to / "marts").symlink_to(tmp_path)
    assert "no release of ours" in refused(lambda: workspace.prepare())
