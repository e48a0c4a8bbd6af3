"""The build: dbt in this process, on this destination's own file, with its events as progress."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import duckdb

from cx_warehouse.contract import raw_contract
from cx_warehouse.database import open_build
from cx_warehouse.display import Display
from cx_warehouse.environment import environment
from cx_warehouse.errors import DataError, first_sentence
from cx_warehouse.garbage import uncollected
from cx_warehouse.importance import fill_in_importance
from cx_warehouse.inputs import (
    Stamp,
    file_hashes,
    input_files,
    raise_if_changed,
    read_until_release,
    stamps,
    table_hashes,
)
from cx_warehouse.project import PROJECT_DIR, Value
from cx_warehouse.settings import Settings
from cx_warehouse.workspace import Workspace, write_whole

UNTOLD = (">", "Compilation Error", "Runtime Error", "Database Error", "Original Line")
"""Lines of dbt's and DuckDB's messages that say nothing, or repeat data, which may be personal."""

TOLD = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
"""What of dbt's events its log holds."""

CORRUPTION = ("not a valid DuckDB database", "checksum", "Corrupt", "corrupt", "INTERNAL Error")


@dataclass(frozen=True)
class Build:
    """What the build file holds, as its stamp says."""

    invocation: str
    target: str
    variables: dict[str, Value]
    inputs: dict[str, str]
    still_read: dict[str, Stamp]
    models: int
    failed_tests: tuple[str, ...]


def build(settings: Settings, workspace: Workspace, display: Display) -> Build:
    """Run `dbt build`, add the numbers that SQL cannot compute, and stamp what it made.

    Failed tests do not raise: the gate judges them. Unit tests are left out, for they test the project, not
    the data.

    Raises:
        DataError: a model could not be built.
    """
    for stale in (workspace.build_stamp, workspace.gate_stamp):
        stale.unlink(missing_ok=True)
    if settings.target == "duckdb":
        ensure_sound_build_file(workspace, display)
    files = input_files(settings)
    before = stamps(files.values())
    hashes = file_hashes(files)
    try:
        results = run_dbt(settings, workspace, display)
    except DataError as error:
        if settings.target != "duckdb" or not any(sign in str(error) for sign in CORRUPTION):
            raise
        start_afresh(workspace, display, str(error))
        results = run_dbt(settings, workspace, display)
    raise_if_changed(before)
    with open_build(settings.target, workspace) as database:
        fill_in_importance(database)
        if settings.variable("raw") == "schema":
            hashes = table_hashes(database, raw_contract())
    built = Build(
        invocation=read_artifact(workspace, "run_results")["metadata"]["invocation_id"],
        target=settings.target,
        variables=dict(settings.variables),
        inputs=hashes,
        still_read=read_until_release(before),
        models=sum(result.node.resource_type == "model" for result in results),
        failed_tests=tuple(
            result.node.name
            for result in results
            if result.node.resource_type == "test" and str(result.status) in {"fail", "error"}
        ),
    )
    write_whole(
        workspace.build_stamp,
        json.dumps(
            {
                "invocation": built.invocation,
                "target": built.target,
                "variables": built.variables,
                "inputs": built.inputs,
                "still_read": built.still_read,
                "models": built.models,
                "failed_tests": built.failed_tests,
            }
        ),
    )
    return built


def present_build(workspace: Workspace) -> Build:
    """The build that is there.

    Raises:
        DataError: there is none, or the last one did not end.
    """
    try:
        stamp = json.loads(workspace.build_stamp.read_text(encoding="utf-8"))
        return Build(
            invocation=stamp["invocation"],
            target=stamp["target"],
            variables=stamp["variables"],
            inputs=stamp["inputs"],
            still_read=stamp["still_read"],
            models=stamp["models"],
            failed_tests=tuple(stamp["failed_tests"]),
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{workspace.to} has no finished build; run cx build first.") from error


def ensure_sound_build_file(workspace: Workspace, display: Display) -> None:
    """Open the build file once; one that is no sound database is replaced by an empty one."""
    if not workspace.build_file.exists():
        return
    try:
        with duckdb.connect(str(workspace.build_file)) as connection:
            connection.execute("select count(*) from duckdb_tables()")
    except (duckdb.Error, UnicodeDecodeError) as error:
        if "Could not set lock" in str(error):
            raise DataError(
                f"{workspace.build_file} is open in another program; close it there and try again."
            ) from error
        start_afresh(workspace, display, first_sentence(error))


def start_afresh(workspace: Workspace, display: Display, reason: str) -> None:
    """Throw the build file away; everything in it is built anew from raw."""
    close_connections()
    for path in (workspace.build_file, workspace.build_file.with_suffix(".duckdb.wal")):
        path.unlink(missing_ok=True)
    display.note(f"The previous build file was damaged ({reason}) and is built anew.")


def run_dbt(settings: Settings, workspace: Workspace, display: Display) -> list[Any]:
    """One `dbt build`; gives the results of its nodes.

    Raises:
        DataError: dbt could not start, or a node that is no test failed.
    """
    from dbt.cli.main import dbtRunner

    (workspace.artifacts / "run_results.json").unlink(missing_ok=True)

    def on_event(event: Any) -> None:
        if event.info.level in TOLD:
            log.log(TOLD[event.info.level], event.info.msg)
        if event.info.name in {"LogModelResult", "LogSeedResult"}:
            display.advance(event.data.index, event.data.total, event.data.node_info.node_name)
        elif event.info.name == "LogTestResult":
            display.advance(event.data.index, event.data.num_models, event.data.name)

    arguments = [
        "build",
        *("--project-dir", str(PROJECT_DIR)),
        *("--profiles-dir", str(PROJECT_DIR)),
        *("--target", settings.target),
        *("--target-path", str(workspace.artifacts)),
        *("--log-path", str(workspace.logs)),
        *("--log-level", "none"),
        *("--log-level-file", "none"),
        *("--vars", json.dumps(dict(settings.variables))),
        *("--exclude-resource-type", "unit_test"),
        "--no-print",
    ]
    if settings.is_full_refresh:
        arguments.append("--full-refresh")
    with (
        environment(CX_BUILD_FILE=str(workspace.build_file), CX_CLEAN_RAW=str(workspace.clean_raw)),
        uncollected(),
        log_file(workspace.logs / "dbt.log") as log,
    ):
        try:
            outcome = dbtRunner(callbacks=[on_event]).invoke(arguments)
        finally:
            close_connections()
    results: list[Any] = list(getattr(outcome.result, "results", None) or [])
    broken = [
        result for result in results if result.node.resource_type != "test" and str(result.status) == "error"
    ]
    if broken:
        first, others = broken[0], len(broken) - 1
        more = f" ({others} more)" if others else ""
        raise DataError(
            f"{first.node.name} could not be built: {dbt_sentence(str(first.message))}{more}. "
            f"dbt's log is {workspace.logs / 'dbt.log'}."
        )
    if isinstance(outcome.exception, OSError):
        raise DataError(f"The build cannot be written to {workspace.to}: {outcome.exception.strerror}.")
    if outcome.exception is not None:
        raise DataError(f"{dbt_sentence(str(outcome.exception))}. dbt's log is {workspace.logs / 'dbt.log'}.")
    return results


@contextmanager
def log_file(path: Path) -> Iterator[logging.Logger]:
    """A log of what dbt tells. Its own also formats the ten times as many lines that it does not write."""
    # A full disk is no reason for a traceback of the logging library's own.
    logging.raiseExceptions = False
    handler = RotatingFileHandler(path, maxBytes=10_000_000, backupCount=5, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s [%(levelname)s] [%(threadName)s] %(message)s"))
    log = logging.Logger("dbt")
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()


def dbt_sentence(message: str) -> str:
    """The part of a dbt error that says what is wrong, on one line."""
    lines = [line.strip() for line in message.splitlines()]
    told = [line for line in lines if line and not line.startswith(UNTOLD)]
    return " ".join(told[:3]).rstrip(".") or "dbt failed"


def close_connections() -> None:
    """Let go of the build file: dbt keeps it open for the life of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import cleanup_connections

    cleanup_connections()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def read_artifact(workspace: Workspace, name: str) -> dict[str, Any]:
    """One of dbt's JSON artifacts of the last build."""
    content = json.loads((workspace.artifacts / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)  # noqa: S101 - dbt's own artifact
    return content
