"""The benchmark of the service facts runs, and holds a second statement of them against the marts."""

import subprocess
import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), *arguments], capture_output=True, text=True
    )


def test_floor_and_marts_agree_about_every_ticket(tmp_path: Path) -> None:
    """Merged tickets, bots, agents' tickets and changes of one moment are among those of the generator."""
    outcome = run("3000", "--to", str(tmp_path))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "| 3,000 | service facts |" in outcome.stdout

    folder = tmp_path / "3000"
    with duckdb.connect(str(folder / "floor.duckdb")) as connection:
        said = connection.sql("select count(*), count(first_reply_outcome), max(reopens) from floor_result")
        tickets, outcomes, reopens = said.fetchall()[0]
        assert 2900 < tickets < 3000
        assert outcomes > 2900
        assert reopens > 0
        connection.execute("update floor_result set reopens = 9 where ticket_id = 'T000000100'")
    outcome = run("3000", "--step", "compare", "--to", str(folder))
    assert outcome.returncode == 1
    assert outcome.stderr == "The floor and the marts differ in 2 rows of tickets.\n"
