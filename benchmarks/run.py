"""Measure the service subject at scale: `python benchmarks/run.py 100000 1000000 [--to FOLDER] [--kpis]`.

For each size: raw Parquet is generated (once), the one-pass floor and the subject's models are run in
processes of their own, their numbers are held against each other, and CPU, wall, peak memory, the slowest
models and the ratio of CPU to the floor are printed as Markdown.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template

import duckdb

HERE = Path(__file__).resolve().parent
FACTS = ["+fct_tickets", "+fct_ticket_replies", "+fct_ticket_status_intervals", "+fct_sla_outcomes"]
AS_OF = "2026-02-01T00:00:00Z"
READING = "({day}.before + {windows})"
WINDOW = "least(greatest(epoch_us({instant}) - {day}.o{number}, 0), {day}.l{number})"
INSTANTS = {"c": "created_at", "w": "waited_until", "f": "first_solved_at", "l": "solved_at"}
# What the floor and the marts both say of a ticket; its first-reply outcome is a row of its own in a mart.
DIFFERENCES = """
    select count(*) from (
        select columns(* exclude (first_reply_outcome)) from floor.floor_result
        except
        select ticket_id, first_reply_minutes, first_reply_business_minutes, first_resolution_minutes,
            first_resolution_business_minutes, full_resolution_minutes, full_resolution_business_minutes,
            reopens
        from build.marts.fct_tickets
    )
    union all
    select count(*) from (
        select ticket_id, first_reply_outcome from floor.floor_result where first_reply_outcome is not null
        except
        select ticket_id, outcome from build.marts.fct_sla_outcomes where metric = 'first_reply'
    )
"""


@dataclass(frozen=True)
class Cost:
    """What a child process took: seconds of CPU and of wall time, and megabytes at its peak."""

    cpu: float
    wall: float
    memory: float

    def row(self, tickets: int, what: str, ratio: str) -> str:
        """As a row of the table."""
        return f"| {tickets:,} | {what} | {self.cpu:.1f} | {self.wall:.1f} | {self.memory:,.0f} | {ratio} |"


def generate(folder: Path, tickets: int) -> None:
    """Write the raw Parquet of a size, unless it is there."""
    if (folder / "helpdesk" / "sla_targets.parquet").exists():
        return
    (folder / "helpdesk").mkdir(parents=True, exist_ok=True)
    sql = Template((HERE / "generate.sql").read_text()).substitute(tickets=tickets, folder=folder)
    with duckdb.connect() as connection:
        connection.execute(sql)


def floor(folder: Path) -> None:
    """Run the one-pass floor into a file of its own."""
    readings = {}
    for day, instant in INSTANTS.items():
        windows = " + ".join(WINDOW.format(day=day, instant=instant, number=number) for number in (1, 2, 3))
        readings[f"reading_{day}"] = READING.format(day=day, windows=windows)
    as_of = f"timestamp '{AS_OF.rstrip('Z').replace('T', ' ')}'"
    sql = Template((HERE / "floor.sql").read_text()).substitute(folder=folder, as_of=as_of, **readings)
    file = folder / "floor.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file), config={"threads": 2}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(sql)


def compare(folder: Path) -> None:
    """Fail where the floor and the marts differ: a faster answer must be the same one."""
    with duckdb.connect(config={"threads": 2}) as connection:
        for name in ("floor", "build"):
            connection.execute(f"attach '{folder / name}.duckdb' as {name} (read_only)")
        different = [row[0] for row in connection.execute(DIFFERENCES).fetchall()]
    if any(different):
        sys.exit(
            f"The floor and the marts differ: {different[0]} tickets, {different[1]} first-reply outcomes."
        )


def measure(arguments: list[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a command and measure it; its output goes to the terminal only if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        arguments, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(output.decode())
    wall = time.perf_counter() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def measure_step(step: str, tickets: int, folder: Path) -> Cost:
    """Run one step of this file in a process of its own: a child's peak memory begins with its parent's."""
    return measure([sys.executable, str(Path(__file__)), str(tickets), "--step", step, "--to", str(folder)])


def dbt(command: str, folder: Path, *arguments: str) -> Cost:
    """Run a dbt command on the raw Parquet of the folder; it finds nothing of another command's parsing."""
    variables = {"raw": "files", "raw_path": str(folder), "as_of": AS_OF}
    return measure(
        [
            str(Path(sys.executable).parent / "dbt"), command, *arguments, "--vars", json.dumps(variables),
            "--project-dir", str(HERE.parent), "--profiles-dir", str(HERE),
            "--target-path", str(folder / f"target_{command}"), "--log-path", str(folder / "logs"),
        ],
        {"CX_BUILD_FILE": str(folder / "build.duckdb")},
    )  # fmt: skip


def build(folder: Path, selection: list[str]) -> tuple[Cost, list[tuple[str, float]]]:
    """Build the selection from the raw Parquet; gives its cost and the seconds of each model."""
    (folder / "build.duckdb").unlink(missing_ok=True)
    shutil.rmtree(folder / "target_build", ignore_errors=True)
    cost = dbt(
        "build", folder, "--select", *selection, "--exclude-resource-type", "unit_test", "test"
    )  # fmt: skip
    results = json.loads((folder / "target_build" / "run_results.json").read_text())["results"]
    times = [(result["unique_id"].split(".")[2], result["execution_time"]) for result in results]
    return cost, sorted(times, key=lambda pair: -pair[1])


def main() -> None:
    """Generate, run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("tickets", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--to", type=Path, default=Path("target/benchmarks"))
    parser.add_argument("--kpis", action="store_true", help="build the KPIs of the subject too")
    parser.add_argument("--step", choices=["generate", "floor", "compare"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "generate":
        generate(options.to, options.tickets[0])
    elif options.step == "floor":
        floor(options.to)
    elif options.step == "compare":
        compare(options.to)
    else:
        report(options.tickets, options.to.resolve(), kpis=options.kpis)


def report(sizes: list[int], to: Path, *, kpis: bool) -> None:
    """Print the table, and the slowest models of each size below its rows."""
    print("| tickets | what | CPU s | wall s | peak MB | CPU to floor |\n|---|---|---|---|---|---|")
    selection = ["+path:models/marts/service", "+int_service_measures"] if kpis else FACTS
    what = "service facts and KPIs" if kpis else "service facts"
    for tickets in sizes:
        folder = to / str(tickets)
        measure_step("generate", tickets, folder)
        least = measure_step("floor", tickets, folder)
        print(least.row(tickets, "floor", "1"), flush=True)
        shutil.rmtree(folder / "target_parse", ignore_errors=True)
        start = dbt("parse", folder)
        print(start.row(tickets, "dbt's own start", f"{start.cpu / least.cpu:.1f}"), flush=True)
        cost, times = build(folder, selection)
        measure_step("compare", tickets, folder)
        print(cost.row(tickets, what, f"{cost.cpu / least.cpu:.1f}"))
        slowest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times[:12])
        print(f"\nSlowest at {tickets:,}: {slowest}\n", flush=True)


if __name__ == "__main__":
    main()
