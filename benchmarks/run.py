"""Measure the service subject at scale: `python benchmarks/run.py 100000 1000000 [--to FOLDER] [--kpis]`.

For each size: raw Parquet is generated (once), the one-pass floor and the subject's models are run in
processes of their own, and CPU, wall, peak memory, the slowest models and the ratio of CPU to the floor are
printed as Markdown.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template

import duckdb

HERE = Path(__file__).resolve().parent
FACTS = ["+fct_tickets", "+fct_ticket_replies", "+fct_ticket_status_intervals", "+fct_sla_outcomes"]
READING = "({d}.before + {windows})"
WINDOW = "least(greatest(epoch_us({t}) - {d}.o{n}, 0), {d}.l{n})"


@dataclass(frozen=True)
class Cost:
    """What a child process took: seconds of CPU and of wall time, and megabytes at its peak."""

    cpu: float
    wall: float
    memory: float


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
    instants = {"c": "created_at", "r": "replied_at", "f": "first_solved_at", "l": "last_solved_at"}
    readings = {}
    for day, instant in instants.items():
        windows = " + ".join(WINDOW.format(d=day, t=instant, n=number) for number in (1, 2, 3))
        readings[f"reading_{day}"] = READING.format(d=day, windows=windows)
    sql = Template((HERE / "floor.sql").read_text()).substitute(folder=folder, **readings)
    file = folder / "floor.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file), config={"threads": 2}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(sql)


def measure(arguments: list[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a command and measure it; its output goes to the terminal only if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        arguments, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(output.decode())
    wall = time.perf_counter() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def build(folder: Path, selection: list[str]) -> tuple[Cost, list[tuple[str, float]]]:
    """Build the selection from the raw Parquet; gives its cost and the seconds of each model."""
    variables = {"raw": "files", "raw_path": str(folder), "as_of": "2026-02-01T00:00:00Z"}
    target = folder / "target"
    (folder / "build.duckdb").unlink(missing_ok=True)
    dbt = [
        str(Path(sys.executable).parent / "dbt"), "build", "--select", *selection, "--exclude-resource-type",
        "unit_test", "test", "--vars", json.dumps(variables),
        "--project-dir", str(HERE.parent), "--profiles-dir", str(HERE.parent),
        "--target-path", str(target), "--log-path", str(folder / "logs"),
    ]  # fmt: skip
    cost = measure(dbt, {"CX_BUILD_FILE": str(folder / "build.duckdb")})
    results = json.loads((target / "run_results.json").read_text())["results"]
    times = [(result["unique_id"].split(".")[2], result["execution_time"]) for result in results]
    return cost, sorted(times, key=lambda pair: -pair[1])


def main() -> None:
    """Generate, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("tickets", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--to", type=Path, default=Path("target/benchmarks"))
    parser.add_argument("--floor-of", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--generate-in", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kpis", action="store_true", help="build the KPIs of the subject too")
    options = parser.parse_args()
    if options.floor_of:
        floor(options.floor_of)
        return
    if options.generate_in:
        generate(options.generate_in, options.tickets[0])
        return
    print("| tickets | what | CPU s | wall s | peak MB | CPU to floor |\n|---|---|---|---|---|---|")
    for tickets in options.tickets:
        folder = options.to.resolve() / str(tickets)
        # In a process of its own: a child's peak memory begins with its parent's.
        measure([sys.executable, str(Path(__file__)), str(tickets), "--generate-in", str(folder)])
        least = measure([sys.executable, str(Path(__file__)), "--floor-of", str(folder)])
        print(
            f"| {tickets:,} | floor | {least.cpu:.1f} | {least.wall:.1f} | {least.memory:.0f} | 1 |",
            flush=True,
        )
        selection = ["+path:models/marts/service", "+int_service_measures"] if options.kpis else FACTS
        cost, times = build(folder, selection)
        what = "service facts and KPIs" if options.kpis else "service facts"
        print(
            f"| {tickets:,} | {what} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:.0f} "
            f"| {cost.cpu / least.cpu:.1f} |"
        )
        slowest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times[:12])
        print(f"\nSlowest at {tickets:,}: {slowest}\n", flush=True)


if __name__ == "__main__":
    main()
