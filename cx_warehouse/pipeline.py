"""The way from raw to report, and each step of it on its own."""

from __future__ import annotations

from pathlib import Path

from cx_warehouse.build import present_build
from cx_warehouse.database import alone_in_database, open_build
from cx_warehouse.display import Display, Table
from cx_warehouse.edition import PAGES, Edition
from cx_warehouse.errors import DataError, WrongUse
from cx_warehouse.project import Value
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import Workspace

# What the gate and the release alone read: another value needs no other build.
LATER_VARIABLES = ("max_rejected_share", "keep_releases")


def run(settings: Settings, display: Display) -> None:
    """Intake, build, gate, publish, report.

    Raises:
        DataError: the data or a check stands in the way; the last release stays.
    """
    workspace = Workspace(settings.to)
    with workspace.locked(), alone_in_database(settings.target, workspace):
        take_in(settings, workspace, display)
        make_build(settings, workspace, display)
        show_rows(workspace, display)
        pass_gate(settings, workspace, display)
        make_release(settings, workspace, display)


def build_only(settings: Settings, display: Display) -> None:
    """Intake and build; a failed dbt test counts as a failure here."""
    workspace = Workspace(settings.to)
    with workspace.locked(), alone_in_database(settings.target, workspace):
        take_in(settings, workspace, display)
        built = make_build(settings, workspace, display)
        show_rows(workspace, display)
    if built:
        raise DataError(f"{len(built)} dbt tests failed: {', '.join(built[:5])}. Built all the same.")


def check_only(settings: Settings, display: Display) -> None:
    """The gate, on the present build."""
    workspace = Workspace(settings.to)
    with workspace.locked(is_begun=True), alone_in_database(present_build(workspace).target, workspace):
        refuse_other_variables(settings, workspace)
        pass_gate(settings, workspace, display)


def publish_only(settings: Settings, display: Display) -> None:
    """Release and report of a present build that the gate let through."""
    workspace = Workspace(settings.to)
    with workspace.locked(is_begun=True), alone_in_database(present_build(workspace).target, workspace):
        refuse_other_variables(settings, workspace)
        make_release(settings, workspace, display)


def report_only(settings: Settings, display: Display, edition: Edition) -> None:
    """The present release's pages, rendered again, or an edition beside them."""
    from cx_warehouse.publish import report

    workspace = Workspace(settings.to)
    with workspace.locked(is_begun=True):
        display.start("report")
        release = report(settings, workspace, edition)
        pages = [page for page in release.pages if page.suffix == ".html"]
        display.finish(f"{len(pages)} pages of release {release.identity} written")
    tell_report(workspace, display, edition.folder)


def roll_back_only(settings: Settings, display: Display) -> None:
    """The release before the public one, public again: database, files and pages together."""
    from cx_warehouse.publish import rollback

    workspace = Workspace(settings.to)
    with workspace.locked(is_begun=True):
        before, after = rollback(workspace)
    display.note(f"Release {after} is public again, instead of {before}.")
    tell_report(workspace, display)


def look_at(directory: Path, display: Display) -> None:
    """What `cx intake` shows.

    Raises:
        DataError: a file in the folder would stop a build.
    """
    from cx_warehouse.intake import intake_tables, look, raise_on_problems

    intake = look(directory, is_counting=True)
    for table in intake_tables(intake):
        display.table(table)
    raise_on_problems(intake)


def take_in(settings: Settings, workspace: Workspace, display: Display) -> None:
    """Look at raw files before dbt starts: what would stop it is said at once, odd files get a copy."""
    directory = settings.raw_directory
    if directory is None:
        return
    from cx_warehouse.intake import look, raise_on_problems, write_copies

    display.start("intake")
    intake = look(directory, is_counting=False, encoding=settings.raw_encoding)
    raise_on_problems(intake)
    copied = write_copies(intake, workspace.clean_raw)
    unread = f", {len(intake.unknown)} files unread" if intake.unknown else ""
    through = f", {len(copied)} read through a clean copy" if copied else ""
    display.finish(f"{len(intake.files)} raw tables in {directory}{through}{unread}")
    for file in copied:
        display.note(f"{file.path}: {file.format}.")


def make_build(settings: Settings, workspace: Workspace, display: Display) -> tuple[str, ...]:
    """The build step; gives the names of the dbt tests that failed."""
    from cx_warehouse.build import build

    display.start("build")
    try:
        built = build(settings, workspace, display)
    except DataError as error:
        if not copy_deeply(settings, workspace, display, error.message):
            raise
        built = build(settings, workspace, display)
    failed = f", {len(built.failed_tests)} dbt tests failed" if built.failed_tests else ""
    display.finish(f"{built.models} models built{failed}")
    return built.failed_tests


def copy_deeply(settings: Settings, workspace: Workspace, display: Display, said: str) -> bool:
    """Where the build stumbled over a CSV file whose start looked clean, write its copy; gives whether."""
    if settings.raw_directory is None or "CSV" not in said:
        return False
    from cx_warehouse.intake import copy_of_model

    file = copy_of_model(settings.raw_directory, said.split()[0], workspace.clean_raw, settings.raw_encoding)
    if file is None:
        return False
    display.note(f"{file.path}: {file.format}. It is built again from a clean copy.")
    return True


def show_rows(workspace: Workspace, display: Display) -> None:
    """What became of the raw rows."""
    from cx_warehouse.quality.rules import table_rows

    with open_build(present_build(workspace).target, workspace) as database:
        if not database.has("quality", "row_reconciliation"):
            return
        tables = table_rows(database)
    display.table(
        Table(
            "Raw rows",
            ("table", "raw", "accepted", "superseded", "rejected"),
            [
                (table.label, table.raw, table.accepted, table.superseded, table.rejected)
                for table in tables
                if table.is_delivered
            ],
            frozenset({"raw", "accepted", "superseded", "rejected"}),
        )
    )


def pass_gate(settings: Settings, workspace: Workspace, display: Display) -> None:
    """The gate step.

    Raises:
        DataError: the gate is red.
    """
    from cx_warehouse.quality.gate import check, gate_tables, raise_when_red

    display.start("gate")
    gate = check(settings, workspace, display)
    counts = gate.counts
    display.finish(
        f"{counts['pass']} checks passed, {counts['warn']} warned, {counts['fail']} failed, "
        f"{counts['error']} not carried out"
    )
    for table in gate_tables(gate.results):
        display.table(table)
    raise_when_red(gate)


def make_release(settings: Settings, workspace: Workspace, display: Display) -> None:
    """The publish step with the report in it: both become public together."""
    from cx_warehouse.publish import publish, release_table

    release = publish(settings, workspace, display)
    display.note(f"\nRelease {release.identity} is public.")
    display.table(release_table(release))
    tell_report(workspace, display)


def tell_report(workspace: Workspace, display: Display, folder: Path = PAGES) -> None:
    """Where to look."""
    display.note(f"\nReport: {workspace.to / folder / 'index.html'}")


def refuse_other_variables(settings: Settings, workspace: Workspace) -> None:
    """A later step takes the build as it was made.

    Raises:
        WrongUse: a variable is given that the build was made without.
    """
    built = present_build(workspace).variables
    given: dict[str, Value] = dict(settings.variables)
    for name, value in given.items():
        if name not in LATER_VARIABLES and built.get(name) != value:
            raise WrongUse(
                f"The build in {workspace.to} was made with another {name}; run cx build with this one first."
            )
