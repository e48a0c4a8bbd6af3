"""Measure the churn subject at scale: `python benchmarks/churn.py 100000 1000000 [--to FOLDER]`.

For each number of customers: 36 months of raw Parquet are generated (once), the subject's marts and
measures are built in a process of their own, and CPU, wall, peak memory and the slowest models are printed
as Markdown.
"""

import argparse
import sys
from pathlib import Path
from string import Template

import duckdb
from run import build, measure

HERE = Path(__file__).resolve().parent


def generate(folder: Path, customers: int) -> None:
    """Write the raw Parquet of a size, unless it is there."""
    if (folder / "crm" / "orders.parquet").exists():
        return
    (folder / "crm").mkdir(parents=True, exist_ok=True)
    sql = Template((HERE / "churn.sql").read_text()).substitute(customers=customers, folder=folder)
    with duckdb.connect() as connection:
        connection.execute(sql)


def main() -> None:
    """Generate, build, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("customers", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--to", type=Path, default=Path("target/benchmarks"))
    parser.add_argument("--generate-in", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.generate_in:
        generate(options.generate_in, options.customers[0])
        return
    print("| customers | CPU s | wall s | peak MB |\n|---|---|---|---|")
    for customers in options.customers:
        folder = options.to.resolve() / f"churn-{customers}"
        # In a process of its own: a child's peak memory begins with its parent's.
        measure([sys.executable, str(Path(__file__)), str(customers), "--generate-in", str(folder)])
        cost, times = build(folder, ["+path:models/marts/churn", "+int_churn_measures"])
        print(f"| {customers:,} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:.0f} |", flush=True)
        print("\nSlowest: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times[:12]) + "\n")


if __name__ == "__main__":
    main()
