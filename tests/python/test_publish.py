"""Releases are swapped in whole: one link, no mixture, readers undisturbed."""

import json
import sys
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
from one_mart import (
    SETTINGS,
    identities,
    make_build,
    one_line_renderer,
    published_nps,
    release,
    write,
)

from cx_warehouse.edition import Edition
from cx_warehouse.errors import DataError, WrongUse
from cx_warehouse.inputs import read_until_release, stamps
from cx_warehouse.publish import report
from cx_warehouse.workspace import PUBLIC_NAMES, Workspace


@pytest.fixture(autouse=True)
def renderer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = one_line_renderer()
    monkeypatch.setitem(sys.modules, "reports.render", module)
    return module


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "o'to")
    workspace.prepare()
    make_build(workspace, nps=40)
    return workspace


def test_a_release_holds_marts_and_quality_sorted_and_described_and_nothing_private(
    workspace: Workspace,
) -> None:
    first = release(workspace)
    assert published_nps(workspace) == [("a", 40.0), ("b", 2.5)]
    with duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True) as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_tables() order by 1").fetchall()
        comments = connection.execute(
            "select comment from duckdb_columns() where table_name = 'kpi_nps' order by column_index"
        ).fetchall()
    assert schemas == [("marts",), ("quality",)]
    assert comments[0] == ("The programme's meaning.",)
    content = json.loads((workspace.current / "release.json").read_text())
    assert content["inputs"]["crm.customers"]["rejected_rows"] == 1
    assert content["tables"]["marts.kpi_nps"]["rows"] == 2
    assert content["variables"] == {"as_of": "2026-07-01", "max_rejected_share": 0.1}
    assert identities(workspace.to) == {first.identity}


def test_public_paths_lead_through_one_link(workspace: Workspace) -> None:
    release(workspace)
    for name in PUBLIC_NAMES:
        assert (workspace.to / name).readlink() == Path(".current") / name
    assert workspace.current.readlink() == Path(".releases/1")


def test_the_next_release_replaces_all_of_the_last_and_a_reader_keeps_what_it_had(
    workspace: Workspace,
) -> None:
    before = release(workspace)
    reader = duckdb.connect(str(workspace.to / "cx_warehouse.duckdb"), read_only=True)
    parquet = (workspace.to / "marts" / "kpi_nps.parquet").open("rb")
    for nps in (41, 42, 43, 44):
        make_build(workspace, nps=nps)
        after = release(workspace)
        assert identities(workspace.to) == {after.identity} != {before.identity}
        assert published_nps(workspace)[0] == ("a", float(nps))
    assert reader.execute("select max(nps) from marts.kpi_nps").fetchone() == (40.0,)
    assert parquet.read(4) == b"PAR1"
    reader.close()
    parquet.close()


def test_the_last_three_releases_are_kept(workspace: Workspace) -> None:
    for nps in range(5):
        make_build(workspace, nps=nps)
        release(workspace)
    assert sorted(path.name for path in workspace.releases.iterdir()) == ["3", "4", "5"]


def test_the_same_build_gives_the_same_release(workspace: Workspace, tmp_path: Path) -> None:
    first = release(workspace)
    text = (workspace.current / "release.json").read_text()
    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.prepare()
    make_build(elsewhere, nps=40)
    assert release(elsewhere).identity == first.identity
    assert (elsewhere.current / "release.json").read_text() == text


def test_one_changed_number_changes_the_hash_and_the_order_of_rows_does_not(workspace: Workspace) -> None:
    def mart_hash() -> str:
        content = json.loads((workspace.current / "release.json").read_text())
        return str(content["tables"]["marts.kpi_nps"]["content_hash"])

    release(workspace)
    first = mart_hash()
    with duckdb.connect(str(workspace.build_file)) as connection:
        connection.execute("create or replace table marts.kpi_nps as from marts.kpi_nps order by programme")
    release(workspace)
    assert mart_hash() == first
    make_build(workspace, nps=41)
    release(workspace)
    assert mart_hash() != first


def test_leftovers_of_a_killed_run_are_removed(workspace: Workspace) -> None:
    (workspace.releases / "1.tmp" / "marts").mkdir(parents=True)
    (workspace.to / ".current.tmp").symlink_to("nowhere")
    release(workspace)
    assert [path.name for path in workspace.releases.iterdir()] == ["1"]
    assert not (workspace.to / ".current.tmp").is_symlink()


def test_a_release_that_was_written_but_never_swapped_in_does_no_harm(workspace: Workspace) -> None:
    first = release(workspace)
    (workspace.releases / "2").mkdir()
    assert identities(workspace.to) == {first.identity}
    assert release(workspace).number == 3


@pytest.mark.parametrize("is_stale", [True, False])
def test_a_red_or_absent_gate_publishes_nothing(workspace: Workspace, is_stale: bool) -> None:
    before = release(workspace)
    make_build(workspace, nps=99, is_green=is_stale)
    if is_stale:
        write(workspace.gate_stamp, json.loads(workspace.gate_stamp.read_text()) | {"invocation": "other"})
    with pytest.raises(DataError, match=r"first|refused"):
        release(workspace)
    workspace.gate_stamp.unlink()
    with pytest.raises(DataError, match="cx check first"):
        release(workspace)
    assert identities(workspace.to) == {before.identity}


def test_a_page_that_fails_keeps_the_last_release(
    workspace: Workspace, renderer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = release(workspace)
    make_build(workspace, nps=99)

    def full(*_: object, **__: object) -> list[Path]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(renderer, "render", full)
    with pytest.raises(DataError, match=r"No space left on device.*The last one stays"):
        release(workspace)
    assert identities(workspace.to) == {before.identity}
    assert [path.name for path in workspace.releases.iterdir()] == ["1"]


def test_a_mart_that_cannot_be_copied_keeps_the_last_release(workspace: Workspace) -> None:
    before = release(workspace)
    with duckdb.connect(str(workspace.build_file)) as connection:
        connection.execute("drop table marts.kpi_nps")
    with pytest.raises(DataError, match="cannot be written"):
        release(workspace)
    assert identities(workspace.to) == {before.identity}


def test_a_swap_that_fails_keeps_the_last_release(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = release(workspace)
    make_build(workspace, nps=99)

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "symlink_to", refused)
    with pytest.raises(DataError, match=r"swapped in.*Permission denied"):
        release(workspace)
    assert identities(workspace.to) == {before.identity}


def test_report_renders_the_present_release_again_and_leaves_its_data(workspace: Workspace) -> None:
    first = release(workspace)
    database = (workspace.to / "cx_warehouse.duckdb").resolve().stat().st_ino
    (workspace.to / "reports" / "index.html").unlink()
    again = report(SETTINGS, workspace)
    assert (again.identity, again.number) == (first.identity, 2)
    assert identities(workspace.to) == {first.identity}
    assert (workspace.to / "cx_warehouse.duckdb").resolve().stat().st_ino == database


def test_an_edition_stands_beside_the_latest_report_and_only_replaces_itself(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(workspace)
    latest = workspace.to / "reports" / "index.html"
    latest_text = latest.read_text()
    report(SETTINGS, workspace, Edition("2026-09"))
    added = report(SETTINGS, workspace, Edition("2026-Q3", "Small & business"))
    assert added.pages == (Path("reports/2026-Q3-small-business/index.html"),)
    assert latest.read_text() == latest_text
    (workspace.to / "reports" / "2026-09" / "index.html").write_text("old")
    report(SETTINGS, workspace, Edition("2026-09"))
    assert (workspace.to / "reports" / "2026-09" / "index.html").read_text() == latest_text
    with pytest.raises(WrongUse, match="no segment Nobody"):
        report(SETTINGS, workspace, Edition(segment="Nobody"))
    assert (workspace.to / "reports" / "2026-Q3-small-business").is_dir()
    report(SETTINGS, workspace)
    assert not (workspace.to / "reports" / "2026-09").exists(), "the latest report is rendered anew, whole"


def test_pdf_is_printed_beside_its_page_or_refused_in_a_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    release(workspace)
    browser = tmp_path / "browser"
    browser.write_text(
        '#!/bin/sh\nfor one in "$@"; do case $one in --print-to-pdf=*) echo pdf > "${one#*=}";; esac; done\n'
    )
    browser.chmod(0o755)
    monkeypatch.setenv("CX_CHROMIUM", str(browser))
    printed = report(SETTINGS, workspace, Edition(is_pdf=True))
    assert printed.pages == (Path("reports/index.html"), Path("reports/index.pdf"))
    assert (workspace.to / "reports" / "index.pdf").read_text() == "pdf\n"
    browser.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(DataError, match=r"could not print index\.html"):
        report(SETTINGS, workspace, Edition(is_pdf=True))
    monkeypatch.setenv("CX_CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(DataError, match="CX_CHROMIUM names"):
        report(SETTINGS, workspace, Edition(is_pdf=True))
    assert (workspace.to / "reports" / "index.pdf").is_file(), "the last pages stay"


def test_report_copies_where_files_cannot_be_linked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release(workspace)

    def refused(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("cx_warehouse.releases.os.link", refused)
    report(SETTINGS, workspace)
    assert identities(workspace.to) == {first.identity}


def test_a_parquet_file_that_changed_since_the_build_keeps_the_last_release(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "tickets.parquet"
    file.write_bytes(b"as built")
    before = release(workspace)
    stamp = json.loads(workspace.build_stamp.read_text())
    write(workspace.build_stamp, stamp | {"still_read": read_until_release(stamps([file]))})
    assert release(workspace).identity == before.identity
    file.write_bytes(b"another")
    with pytest.raises(DataError, match=r"tickets.parquet changed.*run cx build again"):
        release(workspace)
    file.unlink()
    with pytest.raises(DataError, match=r"tickets.parquet .* No such file .* Put it back"):
        release(workspace)
    assert identities(workspace.to) == {before.identity}


def test_without_a_release_there_is_nothing_to_report(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="cx run first"):
        report(SETTINGS, workspace)
