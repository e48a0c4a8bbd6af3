"""Measure the warehouse at scale: `python benchmarks/warehouse.py 100000 1000000 [--subject churn]`.

For each size N: raw Parquet of N customers, N survey responses and N tickets is generated (once); all models,
or those of one subject with what they need, are built by one dbt process. CPU, wall, peak memory, dbt's own
start, the CPU of each part and the dearest models are printed as Markdown.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from measuring import Cost, build, dbt, generate

SYSTEMS = ("crm", "surveys", "helpdesk")
SUBJECTS = {
    "all": [],
    "churn": ["+path:models/marts/churn", "+int_churn_measures"],
    "feedback": ["+path:models/marts/feedback", "+int_feedback_measures"],
    "service": ["+path:models/marts/service", "+int_service_measures"],
}


def parts_of(folder: Path, costs: list[tuple[str, float]]) -> dict[str, float]:
    """CPU by layer and subject or system, as the models' folders have it."""
    nodes = json.loads((folder / "target_build" / "manifest.json").read_text())["nodes"].values()
    part = {node["name"]: "/".join(node["fqn"][1:-1]) for node in nodes if node["resource_type"] == "model"}
    sums: dict[str, float] = defaultdict(float)
    for name, seconds in costs:
        sums[part.get(name, "seeds")] += seconds
    return dict(sorted(sums.items()))


def row(size: int, what: str, cost: Cost) -> str:
    """A cost as a row of the table."""
    return f"| {size:,} | {what} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.memory:,.0f} |"


def main() -> None:
    """Generate, build, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--subject", choices=SUBJECTS, default="all")
    parser.add_argument("--to", type=Path, default=Path("target/benchmarks"))
    options = parser.parse_args()
    print("| size | what | CPU s | wall s | peak MB |\n|---|---|---|---|---|")
    for size in options.sizes:
        folder = options.to.resolve() / f"warehouse-{size}"
        generate(folder, SYSTEMS, size)
        start = dbt("parse", folder)
        print(row(size, "dbt's own start", start), flush=True)
        cost, costs = build(folder, SUBJECTS[options.subject])
        print(row(size, options.subject, cost))
        parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in parts_of(folder, costs).items())
        print(f"\nCPU s by part at {size:,}: {parts}")
        print(
            "\nDearest: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in costs[:25]) + "\n",
            flush=True,
        )


if __name__ == "__main__":
    main()
