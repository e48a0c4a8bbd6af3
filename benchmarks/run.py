"""Measure the service subject at scale: `python benchmarks/run.py 100000 1000000 [--to FOLDER] [--kpis]`.

Ten million tickets want more memory than one: `python benchmarks/run.py 10000000 --memory 14GB`.

For each size: raw Parquet is generated (once), the one-pass floor and the subject's models are run in
processes of their own, their numbers are held against each other, and CPU, wall, peak memory, the dearest
models and the ratio of CPU to the floor are printed as Markdown.
"""

import argparse
import os
import sys
from pathlib import Path
from string import Template

import duckdb
from measuring import AS_OF, HERE, Cost, build, dbt, generate, measure

FACTS = ["+fct_tickets", "+fct_ticket_replies", "+fct_ticket_status_intervals", "+fct_sla_outcomes"]
READING = "({day}.before + {windows})"
WINDOW = "least(greatest(epoch_us({instant}) - {day}.o{number}, 0), {day}.l{number})"
INSTANTS = {
    "c": "created_at",
    "s": "waited_from",
    "w": "waited_until",
    "f": "first_solved_at",
    "l": "solved_at",
}
# What the floor and the marts both say of a ticket; its first-reply outcome is a row of its own in a mart.
SAID = {
    "tickets": (
        "select * exclude (first_reply_outcome) from floor.floor_result",
        """
        select ticket_id, first_reply_minutes, first_reply_business_minutes, first_resolution_minutes,
            first_resolution_business_minutes, full_resolution_minutes, full_resolution_business_minutes,
            reopens
        from build.marts.fct_tickets
        """,
    ),
    "first-reply outcomes": (
        "select ticket_id, first_reply_outcome from floor.floor_result where first_reply_outcome is not null",
        "select ticket_id, outcome from build.marts.fct_sla_outcomes where metric = 'first_reply'",
    ),
}


def row(cost: Cost, tickets: int, what: str, ratio: str) -> str:
    """A cost as a row of the table."""
    return f"| {tickets:,} | {what} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:,.0f} | {ratio} |"


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
        for what, said in SAID.items():
            floor_says, marts_say = (connection.sql(query) for query in said)
            different = len(floor_says.except_(marts_say)) + len(marts_say.except_(floor_says))
            if different:
                sys.exit(f"The floor and the marts differ in {different} rows of {what}.")


def measure_step(step: str, tickets: int, folder: Path) -> Cost:
    """Run one step of this file in a process of its own: a child's peak memory begins with its parent's."""
    return measure([sys.executable, str(Path(__file__)), str(tickets), "--step", step, "--to", str(folder)])


def main() -> None:
    """Generate, run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("tickets", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--to", type=Path, default=Path("target/benchmarks"))
    parser.add_argument("--memory", help="the engine's limit instead of that of profiles.yml, as 14GB")
    parser.add_argument("--kpis", action="store_true", help="build the KPIs of the subject too")
    parser.add_argument("--step", choices=["floor", "compare"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        os.environ["CX_MEMORY_LIMIT"] = options.memory
    if options.step == "floor":
        floor(options.to)
    elif options.step == "compare":
        compare(options.to)
    else:
        report(options.tickets, options.to.resolve(), kpis=options.kpis)


def report(sizes: list[int], to: Path, *, kpis: bool) -> None:
    """Print the table, and the dearest models of each size below its rows."""
    print("| tickets | what | CPU s | wall s | peak MB | CPU to floor |\n|---|---|---|---|---|---|")
    selection = ["+path:models/marts/service", "+int_service_measures"] if kpis else FACTS
    what = "service facts and KPIs" if kpis else "service facts"
    for tickets in sizes:
        folder = to / str(tickets)
        generate(folder, ["helpdesk"], tickets)
        least = measure_step("floor", tickets, folder)
        print(row(least, tickets, "floor", "1"), flush=True)
        start = dbt("parse", folder)
        print(row(start, tickets, "dbt's own start", f"{start.cpu / least.cpu:.1f}"), flush=True)
        cost, times = build(folder, selection)
        measure_step("compare", tickets, folder)
        print(row(cost, tickets, what, f"{cost.cpu / least.cpu:.1f}"))
        dearest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times[:12])
        print(f"\nDearest at {tickets:,}: {dearest}\n", flush=True)


if __name__ == "__main__":
    main()
