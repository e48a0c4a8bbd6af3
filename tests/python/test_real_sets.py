"""Public data sets through the command line, against values computed elsewhere from the original files.

The sets are not part of the project: CX_SHARED names the folder that holds them, `../shared` by default.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from dbt_runner import PROJECT
from report_checks import faults as report_faults

SHARED = Path(os.environ.get("CX_SHARED", PROJECT.parent / "shared"))
SETS = ["telco", "marketplace", "airline_reviews", "incidents"]


@pytest.mark.parametrize("name", SETS)
def test_a_public_set_gives_its_known_numbers(name: str, tmp_path: Path) -> None:
    folder = SHARED / "real" / name
    if not folder.exists():
        pytest.skip(f"{folder} is absent; set CX_SHARED to the folder that holds real/{name}.")
    from cx_warehouse.cli import main

    result = CliRunner().invoke(
        main,
        [
            "run",
            "--raw",
            str(folder / "raw"),
            "--vars-file",
            str(folder / "vars.json"),
            "--to",
            str(tmp_path),
        ],
    )
    assert result.exit_code == 0, result.output
    check_marts, warehouse = SHARED / "real" / "check_marts.py", tmp_path / "cx_warehouse.duckdb"
    checked = subprocess.run(
        [sys.executable, str(check_marts), str(warehouse), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert report_faults(tmp_path / "reports") == []
