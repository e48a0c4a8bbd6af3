"""Planted personal data of every kind is looked for in everything that a run leaves for others to read."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.cli import main
from cx_warehouse.contract import raw_contract
from cx_warehouse.privacy import hiding, keyed_hash
from cx_warehouse.workspace import Workspace

KEY = "a key of this test"
# Letters and digits that nothing else here has; the first are what patterns find, the names only a tag does.
TEXT_CANARIES = ("quokka.ann@canary.example", "+370 655 98 761", "4929 1234 5678 9012")
TEXT = "Write to quokka.ann@canary.example, call +370 655 98 761 or charge 4929 1234 5678 9012."
TRACES = (*TEXT_CANARIES, "quokka", "655 98 761", "65598761", "4929123456789012", "1234 5678")
UNTAGGED = "Quokka Extra Column"
FREE_TEXTS = {
    "subject", "reason_text", "value", "text", "body", "statement", "quote", "landing_page", "page"
}  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str, tuple[str, ...]]:
    """A run over planted data; gives the place, what the run said, and every trace to look for."""
    folder = tmp_path_factory.mktemp("privacy")
    raw = write_small_raw(folder / "raw")
    traces = (*TRACES, UNTAGGED, *plant(raw))
    to = folder / "to"
    arguments = ["--raw", str(raw), "--vars", json.dumps({**VARIABLES, "max_rejected_share": 0.9})]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_PII_KEY", KEY)
        result = CliRunner().invoke(main, ["run", *arguments, "--to", str(to), "--languages", "en,ru,lt"])
    assert result.exit_code == 0, result.output
    return Workspace(to), result.output, traces


def plant(raw: Path) -> Iterator[str]:
    """A token of its own in every personal column, of an accepted and of a refused row; gives the tokens."""
    ids = {"customer_id": "c01", "ticket_id": "t001", "response_id": "rel0c01", "question_id": "said"}
    add(raw / "surveys" / "questions.csv", {"question_id": "said", "survey_id": "rel", "metric": "comment"})
    for table in raw_contract():
        personal = [column.name for column in table.columns if column.is_personal]
        texts = [
            column.name
            for column in table.columns
            if column.name in FREE_TEXTS and table.label not in {"surveys.questions", "crm.customer_history"}
        ]
        if not personal and not texts:
            continue
        for is_refused in (False, True):
            tokens = {name: token(table.name, name, is_refused) for name in personal if name != "email"}
            row = {
                **{column.name: sound(column.data_type) for column in table.columns if column.is_required},
                **{column.name: column.domain[0] for column in table.columns if column.domain},
                **{name: value for name, value in ids.items() if name in {one.name for one in table.columns}},
                **dict.fromkeys(texts, TEXT),
                **tokens,
                "extra": UNTAGGED,
            }
            if "email" in personal:
                row["email"] = TEXT_CANARIES[0]
            if table.label != "surveys.answers":
                row[table.key[0]] = f"planted{is_refused}"
            elif is_refused:
                row["answer_no"] = "2"
            if is_refused:
                spoil(row, table.label)
            add(raw / table.system / f"{table.name}.csv", row)
            yield from (value for name, value in tokens.items() if name not in texts)


def token(table: str, column: str, is_refused: bool) -> str:
    """A name nobody has."""
    return f"Quokka {table.title()} {column.title()} {'Refused' if is_refused else 'Accepted'}"


def sound(data_type: str) -> str:
    """A value that is accepted."""
    return {"timestamp": "2026-02-01T10:00:00Z", "bigint": "1", "boolean": "false"}.get(data_type, "x")


def spoil(row: dict[str, str], table: str) -> None:
    """Make a row one that is refused, by a column that is not personal."""
    name, value = {
        "crm.customers": ("is_test", "perhaps"),
        "crm.contacts": ("is_employee", "perhaps"),
        "crm.cancellations": ("initiator", "alien"),
        "crm.employees": ("role", "alien"),
        "helpdesk.tickets": ("status", "alien"),
        "helpdesk.ticket_messages": ("ticket_id", "no ticket"),
        "surveys.answers": ("response_id", "no response"),
        "voice.reviews": ("posted_at", "never"),
        "voice.mentions": ("posted_at", "never"),
        "voice.research_findings": ("method", "alien"),
        "web.sessions": ("is_internal", "perhaps"),
        "web.events": ("occurred_at", "never"),
        "initiatives.initiatives": ("cost", "never"),
    }[table]
    row[name] = value


def add(path: Path, row: dict[str, str]) -> None:
    """Add a row to a file, with the columns it lacks."""
    rows: list[dict[str, str]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for one in [*rows, row] for name in one))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, restval="")
        writer.writeheader()
        writer.writerows([*rows, row])


def test_what_was_planted_was_read(planted: tuple[Workspace, str, tuple[str, ...]]) -> None:
    workspace, _, traces = planted
    assert len(traces) > len(TRACES) + 6
    with duckdb.connect(str(workspace.build_file), read_only=True) as build:
        refused = build.execute(
            "select table_name, raw_row from quality.rejected_rows where raw_row like '%Quokka%'"
        ).fetchall()
        assert len(refused) == 13
        whole = " ".join(row for _, row in refused)
        for trace in traces:
            kept = trace in whole or "Accepted" in trace or trace in {"65598761", "4929123456789012"}
            assert kept, f"{trace} was planted in no refused row"
        accepted = build.execute(
            "select (select count(*) from staging.stg_crm__contacts where email = ?), "
            "(select count(*) from staging.stg_crm__customers where name like 'Quokka%Accepted'), "
            "(select count(*) from marts.fct_comments where text like '%[e-mail]%[number]%')",
            [TEXT_CANARIES[0]],
        ).fetchone()
        assert accepted is not None
        assert accepted[:2] == (1, 1)
        assert accepted[2] >= 1


def test_no_trace_of_it_is_published_or_said(planted: tuple[Workspace, str, tuple[str, ...]]) -> None:
    workspace, said, traces = planted
    present = workspace.current.resolve()
    files = {path: path.read_bytes() for path in present.rglob("*") if path.is_file()}
    assert {path.suffix for path in files} >= {".duckdb", ".parquet", ".html", ".json", ".csv"}
    left = {
        path: path.read_bytes() for path in (workspace.logs, workspace.artifacts) for path in files_in(path)
    }
    assert len(left) > 100
    for path, content in {**files, **left, Path("output"): said.encode()}.items():
        for trace in traces:
            assert trace.encode() not in content, f"{path} holds {trace!r}"
    with duckdb.connect(str(present / "cx_warehouse.duckdb"), read_only=True) as release:
        for schema, table in release.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall():
            for (row,) in release.execute(
                f'select cast(one as varchar) from "{schema}"."{table}" as one'
            ).fetchall():
                for trace in traces:
                    assert trace not in row, f"{schema}.{table} holds {trace!r}"


def files_in(folder: Path) -> list[Path]:
    """All files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_refused_rows_say_who_is_the_same_and_not_who(
    planted: tuple[Workspace, str, tuple[str, ...]],
) -> None:
    workspace, _, _ = planted
    with duckdb.connect(str(workspace.current / "cx_warehouse.duckdb"), read_only=True) as release:
        rows = {
            table: json.loads(row)
            for table, row in release.execute(
                "select table_name, raw_row from quality.rejected_rows where row_key like 'planted%'"
            ).fetchall()
        }
        key = release.execute("select variables from quality.release").fetchall()
    assert rows["contacts"]["email"] == keyed_hash(TEXT_CANARIES[0], KEY.encode())
    assert re.fullmatch("[0-9a-f]{32}", rows["customers"]["name"])
    assert rows["customers"]["extra"] == "[left out]"
    assert rows["customers"]["is_test"] == "perhaps"
    assert rows["reviews"]["text"] == "Write to [e-mail], call [number] or charge [number]."
    assert KEY not in str(key)


def test_without_a_key_personal_values_are_left_out() -> None:
    row = json.dumps({" Name ": "Ann", "customer_id": "c1", "is_test": "perhaps", "name2": "Ann"})
    hidden = json.loads(hiding("")("crm", "customers", "not a boolean: is_test", row))
    assert hidden == {
        " Name ": "[left out]",
        "customer_id": "c1",
        "is_test": "perhaps",
        "name2": "[left out]",
    }
    slipped = json.dumps(
        {
            "mrr": "ann@one.example",
            "started_at": "2026-01-01 00:00:00",
            "plan": "+370 600 12345",
            "customer_id": "10010020",
        }
    )
    assert json.loads(hiding("")("crm", "subscriptions", "not a decimal(18,4): mrr", slipped)) == {
        "mrr": "[e-mail]", "started_at": "2026-01-01 00:00:00", "plan": "[number]", "customer_id": "10010020",
    }  # fmt: skip
    fault = json.dumps({"line": "7", "text": "c1;Ann;x"})
    hidden = json.loads(hiding("k")("crm", "customers", "unreadable row: more cells than columns", fault))
    assert hidden == {"line": "7", "text": "[left out]"}
    assert keyed_hash("Ann", b"k") == keyed_hash(" Ann ", b"k") != keyed_hash("Ann", b"other")


def test_the_build_is_readable_by_its_own_user_alone(
    planted: tuple[Workspace, str, tuple[str, ...]],
) -> None:
    workspace, _, _ = planted
    assert workspace.build.stat().st_mode & 0o077 == 0
