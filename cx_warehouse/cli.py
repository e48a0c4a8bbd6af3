"""The command line `cx`: it parses and delegates, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cx_warehouse import __version__


def step_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options every step takes."""
    options = [
        click.option("--raw", metavar="DIR", help="Folder of raw files: <system>/<table>.parquet or .csv."),
        click.option("--vars", "variables_text", metavar="JSON", help="Variables as a JSON object."),
        click.option("--vars-file", "variables_file", metavar="FILE", help="Variables in a file."),
        click.option(
            "--to", metavar="DIR", default="warehouse", show_default=True, help="Where the release goes."
        ),
        click.option(
            "--target", metavar="NAME", help="Target of profiles.yml to build in (default: duckdb)."
        ),
        click.option("--full-refresh", "is_full_refresh", is_flag=True, help="Build everything anew."),
        click.option("--languages", metavar="en,ru,lt", help="Languages of the report."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@contextmanager
def in_one_sentence(to: Path | None = None) -> Iterator[None]:
    """Turn what the machine refused, and an error that nobody foresaw, into a sentence."""
    from cx_warehouse.errors import DataError, log_unexpected, refusal_of_the_machine

    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
        raise
    except Exception as error:
        logs = None if to is None else to / ".build" / "logs"
        raise DataError(refusal_of_the_machine(error, to) or log_unexpected(error, logs)) from error


def carry_out(step: str, options: dict[str, Any], **more: Any) -> None:
    """Check the options, then do one step of the pipeline, with what only this step takes."""
    from cx_warehouse.display import open_display
    from cx_warehouse.settings import read_settings

    with in_one_sentence():
        settings = read_settings(**options)
    # After the options are known to be right: whoever misspelt one waits for no database library.
    from cx_warehouse import pipeline

    display = open_display()
    with in_one_sentence(settings.to):
        try:
            getattr(pipeline, step)(settings, display, **more)
        finally:
            display.close()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cx")
def main() -> None:
    """From raw CRM, helpdesk and survey exports to tested marts and a report.

    Exit code 0: everything passed. 1: the data or a check failed. 2: called wrongly.
    """


@main.command()
@step_options
def run(**options: Any) -> None:
    """Do the whole way: intake, build, gate, publish, report."""
    carry_out("run", options)


@main.command()
@step_options
def build(**options: Any) -> None:
    """Build the marts from raw, privately."""
    carry_out("build_only", options)


@main.command()
@step_options
def check(**options: Any) -> None:
    """Put the present build through the gate."""
    carry_out("check_only", options)


@main.command()
@step_options
def publish(**options: Any) -> None:
    """Release the present build, if the gate let it through."""
    carry_out("publish_only", options)


@main.command()
@step_options
@click.option(
    "--period", metavar="2026-09", help="A past month or quarter (2026-Q3), beside the latest report."
)
@click.option("--segment", metavar="NAME", help="The edition of one segment, beside the latest report.")
@click.option("--pdf", "is_pdf", is_flag=True, help="Print every page to PDF too; needs Chromium or Chrome.")
def report(period: str | None, segment: str | None, is_pdf: bool, **options: Any) -> None:
    """Render the pages of the present release again, or an edition of it."""
    from cx_warehouse.edition import Edition

    carry_out("report_only", options, edition=Edition(period, segment, is_pdf))


@main.command()
@click.option("--to", metavar="DIR", default="warehouse", show_default=True, help="Where the releases are.")
def rollback(to: str) -> None:
    """Make the release before the public one public again."""
    carry_out("roll_back_only", {"to": to})


@main.command()
@click.argument("directory", metavar="DIR")
def intake(directory: str) -> None:
    """Look at raw files without loading them."""
    from cx_warehouse import pipeline
    from cx_warehouse.display import open_display
    from cx_warehouse.settings import raw_folder

    with in_one_sentence():
        pipeline.look_at(raw_folder(directory), open_display())


@main.command()
@click.option("--seed", type=int, help="Another seed gives another company.")
@click.option(
    "--customers",
    type=click.IntRange(1, 1_000_000),
    default=400,
    show_default=True,
    help="How many customers.",
)
@click.option("--to", metavar="DIR", default="seeds/demo", show_default=True, help="Where the files go.")
def demo(seed: int | None, customers: int, to: str) -> None:
    """Write the demo company's raw files."""
    from cx_warehouse.demo import DEFAULT_SEED, write_demo
    from cx_warehouse.errors import DataError
    from cx_warehouse.settings import path_of

    with in_one_sentence():
        directory = path_of(to, "--to")
        try:
            write_demo(directory, seed=DEFAULT_SEED if seed is None else seed, customers=customers)
        except OSError as error:
            raise DataError(f"{directory} cannot be written: {error.strerror}.") from error
    click.echo(f"The demo company is in {directory}.")
