"""What all benchmarks share: raw data of a size, a dbt build of it, and what both took.

Each step runs in a process of its own, because a child's peak memory begins with its parent's.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent
AS_OF = "2026-02-01T00:00:00Z"
GENERATE = "import duckdb, sys; duckdb.connect().execute(sys.stdin.read())"


@dataclass(frozen=True)
class Cost:
    """What a child process took: seconds of CPU and of wall time, and megabytes at its peak."""

    cpu: float
    wall: float
    memory: float


def measure(
    arguments: list[str], environment: dict[str, str] | None = None, stdin: str | None = None
) -> Cost:
    """Run a command and measure it; its output goes to the terminal only if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        arguments, env={**os.environ, **(environment or {})}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if process.stdin:
        process.stdin.write(stdin or "")
        process.stdin.close()
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(output)
    wall = time.perf_counter() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def generate(folder: Path, systems: Iterable[str], size: int) -> None:
    """Write the raw Parquet of some systems in a size, each unless it is there."""
    for system in systems:
        written = folder / system / "written"
        if not written.exists():
            (folder / system).mkdir(parents=True, exist_ok=True)
            sql = Template((HERE / "generators" / f"{system}.sql").read_text())
            measure([sys.executable, "-c", GENERATE], stdin=sql.substitute(size=size, folder=folder))
            written.touch()


def dbt(command: str, folder: Path, *arguments: str) -> Cost:
    """Run a dbt command on the raw Parquet of the folder; it finds nothing of another command's parsing."""
    variables = {"raw": "files", "raw_path": str(folder), "as_of": AS_OF}
    shutil.rmtree(folder / f"target_{command}", ignore_errors=True)
    return measure(
        [
            sys.executable, str(HERE / "dbt_by_model.py"), str(folder / f"{command}_costs.json"),
            command, *arguments, "--vars", json.dumps(variables),
            "--project-dir", str(HERE.parent), "--profiles-dir", str(HERE),
            "--target-path", str(folder / f"target_{command}"), "--log-path", str(folder / "logs"),
        ],
        {"CX_BUILD_FILE": str(folder / "build.duckdb")},
    )  # fmt: skip


def build(folder: Path, selection: Iterable[str]) -> tuple[Cost, list[tuple[str, float]]]:
    """Build the selection (nothing selected is everything); gives its cost and the CPU s of each model."""
    (folder / "build.duckdb").unlink(missing_ok=True)
    selected = [word for name in selection for word in ("--select", name)]
    cost = dbt("build", folder, *selected, "--exclude-resource-type", "unit_test", "test")
    costs: dict[str, float] = json.loads((folder / "build_costs.json").read_text())
    return cost, sorted(costs.items(), key=lambda pair: -pair[1])
