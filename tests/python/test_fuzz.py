"""Whatever bytes lie in a raw folder, intake ends in a sentence or in rows to judge: never in a traceback.

Rounds differ by their seed, which a failure names. CX_FUZZ_SECONDS says how long to go on.
"""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import click
import duckdb
import pytest
from dbt_runner import Warehouse, environment
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.contract import raw_contract
from cx_warehouse.intake import Intake, RawFile, file_scan, look, write_copies

SECONDS = float(os.environ.get("CX_FUZZ_SECONDS", "60"))
DBT_ROUNDS = 1

VALUES = (
    "", " ", "NULL", "nan", "inf", "-inf", "1e999", "-1", "0", "4,5", "1,200", "1 200", "9" * 40, "1e-400",
    "45987", "1767225600", "1767225600000", "99999", "2026-02-30", "2026-13-01T25:61:61Z", "0000-00-00",
    "infinity", "epoch", "2026-01-05 (BC)", "12:30", "2026-01-05T10:00:00+99:99", "294247-01-10", "tRuE",
    "=1+1", "'", '"', "\\", "\\x00", "'; drop table x; --", "{{ 1/0 }}", "{% raw %}", "$1", "%s", "\u202e",
    "\ufeff", "\x1e\x1f", "\U0001f600" * 3, "e\u0301", "\ud7ff", "x" * 70_000, "9/10", "N/A", "Ð¿Ñ€Ð¸",
)  # fmt: skip
FRAGMENTS = (
    b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\\", b'\\"', b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3\x28", b"\xe0\xe8\xeb", b"\x80", b'\n"', b'",\n', b"sep=;\n", b'{"ImportId":"x"}', b"\x1a", b"\x85",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes], bytes]


def noise(dice: random.Random, content: bytes) -> bytes:
    """No file at all, but bytes."""
    return dice.randbytes(dice.choice((0, 1, 2, 40, 3000)))


def flip(dice: random.Random, content: bytes) -> bytes:
    """Some bytes are others."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 30)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def insert(dice: random.Random, content: bytes) -> bytes:
    """Something stands where it should not."""
    for _ in range(dice.randint(1, 12)):
        place = dice.randrange(len(content) + 1)
        content = content[:place] + dice.choice(FRAGMENTS) + content[place:]
    return content


def cut(dice: random.Random, content: bytes) -> bytes:
    """A piece is missing, or stands there twice."""
    start, end = sorted(dice.randrange(len(content) + 1) for _ in range(2))
    return content[:start] + content[end:] if dice.random() < 0.5 else content[:end] + content[start:]


def redress(dice: random.Random, content: bytes) -> bytes:
    """Another encoding, delimiter or line end."""
    text = content.decode("utf-8", "replace")
    text = text.replace(",", dice.choice((",", ";", "\t", "|"))).replace(
        "\n", dice.choice(("\n", "\r\n", "\r"))
    )
    return text.encode(
        dice.choice(("utf-8", "utf-8-sig", "utf-16", "cp1251", "cp1257", "latin-1")), "replace"
    )


def revalue(dice: random.Random, content: bytes) -> bytes:
    """Cells hold what nobody expects, columns are called what nobody calls them."""
    lines = [line.split(",") for line in content.decode("utf-8", "replace").split("\n")]
    for _ in range(dice.randint(1, 40)):
        line = dice.choice(lines) if dice.random() < 0.95 else lines[0]
        line[dice.randrange(len(line))] = dice.choice(VALUES)
    if dice.random() < 0.2:
        lines[0].append(dice.choice((*VALUES, lines[0][0])))
    return "\n".join(",".join(line) for line in lines).encode("utf-8", "replace")


MUTATIONS: tuple[Mutation, ...] = (noise, flip, insert, cut, redress, revalue)


def mutated(dice: random.Random, content: bytes) -> bytes:
    """A file after one or more mishaps."""
    for mutation in dice.choices(MUTATIONS, weights=(1, 4, 6, 3, 4, 8), k=dice.choice((1, 1, 1, 2, 3))):
        content = mutation(dice, content) if content or mutation is noise else b"\n"
    return content


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes]:
    """The small company's files, by their place in a raw folder."""
    folder = write_small_raw(tmp_path_factory.mktemp("clean"))
    return {path.relative_to(folder): path.read_bytes()[:20_000] for path in sorted(folder.rglob("*.csv"))}


def look_cleanly(raw: Path, encoding: str | None) -> Intake | None:
    """A look at a folder; a clean refusal is none."""
    sentences: list[str] = []
    try:
        intake = look(raw, is_counting=True, encoding=encoding)
    except click.ClickException as refusal:
        sentences.append(refusal.message)
        return None
    finally:
        assert all(sentences)
    for problem in intake.problems:
        assert "\n" not in problem.strip(), problem
    return intake


def read_by_duckdb(file: RawFile, copies: Path) -> int:
    """The rows DuckDB reads where dbt will read them."""
    copy = copies / file.table.system / f"{file.table.name}.csv"
    scan = file_scan(str(file.path if file.is_clean else copy))
    with duckdb.connect() as connection:
        found = connection.execute(f"select count(*), count(columns(*)) from {scan}").fetchone()
    assert found is not None
    return int(found[0])


def test_intake_survives_any_bytes(tmp_path: Path, clean: dict[Path, bytes]) -> None:
    deadline, rounds, refused, read = time.monotonic() + SECONDS, 0, 0, 0
    while time.monotonic() < deadline:
        dice = random.Random(rounds)
        place = dice.choice(list(clean))
        raw = tmp_path / "raw"
        (raw / place.parent).mkdir(parents=True, exist_ok=True)
        (raw / place).write_bytes(mutated(dice, clean[place]))
        try:
            intake = look_cleanly(raw, dice.choice((None, None, None, "utf-8", "cp1251", "latin-1")))
            if intake is None or intake.problems:
                refused += 1
            else:
                write_copies(intake, tmp_path / "copies")
                (file,) = intake.files
                assert read_by_duckdb(file, tmp_path / "copies") == file.rows
                read += 1
        except Exception as error:
            raise AssertionError(f"round {rounds} on {place}: {type(error).__name__}") from error
        (raw / place).unlink()
        rounds += 1
    assert min(refused, read) > 0
    print(f"{rounds} files: {read} read, {refused} refused in a sentence")


@pytest.mark.parametrize("number", range(DBT_ROUNDS))
def test_judging_survives_what_intake_lets_through(
    tmp_path_factory: pytest.TempPathFactory, clean: dict[Path, bytes], number: int
) -> None:
    folder = tmp_path_factory.mktemp(f"fuzz{number}")
    dice = random.Random(1000 + number)
    accepted: dict[str, int] = {}
    for place, content in clean.items():
        path = folder / "raw" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(50):
            path.write_bytes(revalue(dice, mutated(dice, content)))
            intake = look_cleanly(folder / "raw", None)
            if intake is not None and not intake.problems:
                break
            path.unlink()
    intake = look_cleanly(folder / "raw", None)
    assert intake is not None
    write_copies(intake, folder / "copies")
    accepted = {file.table.label: file.rows or 0 for file in intake.files}
    assert len(accepted) > 5
    warehouse = Warehouse(folder, {})
    variables = {"raw": "files", "raw_path": str(folder / "raw"), **VARIABLES}
    with environment({"CX_CLEAN_RAW": str(folder / "copies")}):
        warehouse.dbt(
            *("build", "--select", "+rule_hits", "--indirect-selection", "cautious"),
            *("--exclude-resource-type", "unit_test"),
            variables=variables,
        )
    with duckdb.connect(str(warehouse.build_file), read_only=True) as build:
        reconciled = build.execute(
            "select system || '.' || table_name, raw_rows, accepted_rows + rejected_rows + superseded_rows "
            "from quality.row_reconciliation where is_delivered"
        ).fetchall()
    assert {label: raw for label, raw, _ in reconciled} == accepted
    assert all(raw == accounted for _, raw, accounted in reconciled)
    assert {table.label for table in raw_contract()} >= accepted.keys()
