"""Every test that docs/guarantees.md names as a proof is there."""

import re
from pathlib import Path

from dbt_runner import PROJECT

PAGE = PROJECT / "docs" / "guarantees.md"
TESTS = PROJECT / "tests"
# `test_kill.py`, `test_kill.py::test_a_kill_…`, `test_a_kill_…` of the file before it, `tests/data/x.sql`.
PROOF = re.compile(r"`(?:(test_\w+)[.]py)?(?:::)?(?:(test_\w+)(…)?)?`|`(tests/data/\w+[.]sql)`")


def proofs(page: str) -> list[tuple[str, str, str, str]]:
    """(line, file, test, ending) of each proof named: an ending of … stands for the rest of a name."""
    found = []
    for line in page.splitlines():
        file = ""
        for match in PROOF.finditer(line):
            module, test, ending, data = match.groups(default="")
            file = data or (f"python/{module}.py" if module else file)
            found.append((line, file.removeprefix("tests/"), test, ending))
    return [proof for proof in found if any(proof[1:3])]


def missing(page: str) -> list[str]:
    """The proofs that are not there."""
    gone = []
    for _, file, test, ending in proofs(page):
        path: Path = TESTS / file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if not text or (test and not re.search(rf"^def {test}{'' if ending else '[(]'}", text, re.MULTILINE)):
            gone.append(f"{file}::{test}{ending}")
    return gone


def test_every_proof_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(proofs(page)) > 40
    assert missing(page) == []


def test_a_proof_that_is_gone_is_told() -> None:
    assert missing(
        "| a | `test_kill.py::test_a_kill_…`, `test_no_such_…` |\n"
        "| b | `test_none.py` |\n| c | `tests/data/no.sql` |\n"
        "| d | `test_guarantees.py::test_every_proof_is` |"
    ) == [
        "python/test_kill.py::test_no_such_…", "python/test_none.py::", "data/no.sql::",
        "python/test_guarantees.py::test_every_proof_is",
    ]  # fmt: skip


def test_every_promise_names_a_proof() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    promises = [line for line in rows if not line.startswith("| promise |")]
    proven = {line for line, *_ in proofs("\n".join(promises))}
    assert [line for line in promises if line not in proven] == []
