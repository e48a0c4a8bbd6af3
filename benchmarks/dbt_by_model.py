"""Run dbt and tell what each node took: `python benchmarks/dbt_by_model.py COSTS.json build --select ...`.

One node at a time (the engine has its threads nevertheless, unless the raw files are small), so that the CPU
of the process between the start and the end of a node is that node's. COSTS.json gets name to seconds of CPU,
anew after each node: a run that is stopped has told what it did. Garbage is left, as by `cx build`.
"""

import json
import resource
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg

from cx_warehouse.garbage import uncollected


def cpu() -> float:
    """Seconds of CPU of this process, all its threads together."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Run, write, and fail where dbt fails."""
    costs_file, *arguments = sys.argv[1:]
    Path(costs_file).write_text("{}")
    started: dict[str, float] = {}
    costs: dict[str, float] = {}

    def note(event: EventMsg) -> None:
        if event.info.name in ("NodeStart", "NodeFinished"):
            node = event.data.node_info.node_name
            if event.info.name == "NodeStart":
                started[node] = cpu()
            else:
                costs[node] = cpu() - started[node]
                Path(costs_file).write_text(json.dumps(costs))

    with uncollected():
        result = dbtRunner(callbacks=[note]).invoke([*arguments, "--threads", "1"])
    if result.exception:
        raise result.exception
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.exit(main())
