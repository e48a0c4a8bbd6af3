"""The command line: what is asked wrongly gets one sentence and the right exit code, never a traceback."""

import errno
import fcntl
import gc
import json
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_raw import write_small_raw

from cx_warehouse import __version__
from cx_warehouse.cli import main
from cx_warehouse.garbage import uncollected

PROJECT = Path(__file__).resolve().parents[2]
STEPS = ["run", "build", "check", "publish", "report"]
OTHERS = ["rollback", "intake", "demo"]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def assert_one_sentence(result: Result, code: int, *words: str) -> None:
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write_small_raw(tmp_path / "raw")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in [*STEPS, *OTHERS])])
def test_help_is_there_for_everything(arguments: Sequence[str]) -> None:
    result = call(*arguments)
    assert result.exit_code == 0
    assert "Usage: " in result.output


def test_help_is_quick_because_dbt_is_not_imported_for_it() -> None:
    program = "import sys, cx_warehouse.cli; sys.exit('dbt' in sys.modules or 'duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False).returncode == 0


def test_the_module_runs_as_the_command_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cx_warehouse", "--version"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == f"cx, version {__version__}\n"


def test_wrong_use_from_a_shell_prints_one_line_to_stderr_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cx_warehouse", "run", "--vars", '{"as_off": "x"}'],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: Unknown variable as_off; the nearest known one is as_of.\n"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--raw", "nowhere"], ["nowhere", "does not exist"]),
        (["--vars", "{"], ["--vars", "not valid JSON", "line 1"]),
        (["--vars", "[1]"], ["--vars", "one object"]),
        (["--vars", '{"churn_grace": 3}'], ["churn_grace", "nearest known one is churn_grace_days"]),
        (["--vars", '{"churn_grace_days": "three"}'], ["churn_grace_days", "must be a number"]),
        (["--vars", '{"churn_grace_days": true}'], ["churn_grace_days", "must be a number"]),
        (["--vars", '{"as_of": 3}'], ["as_of", "must be text"]),
        (["--vars", '{"as_of": [3]}'], ["as_of", "must be one value"]),
        (["--vars", '{"as_of": "yesterday"}'], ["as_of", "ISO 8601"]),
        (["--vars", '{"reporting_time_zone": "Europe/Vilnus"}'], ["Europe/Vilnius"]),
        (["--vars", '{"raw": "cloud"}'], ["raw", "seeds, files or schema"]),
        (["--vars", '{"raw": "files"}'], ["raw_path"]),
        (["--vars", '{"raw": "files", "raw_path": ""}'], ["raw_path"]),
        (["--vars", '{"raw": "files", "raw_path": "nowhere"}'], ["nowhere", "does not exist"]),
        (["--vars", ""], ["--vars", "not valid JSON"]),
        (["--vars", "as_of=2026-01-01"], ["--vars", "not valid JSON", "column 1"]),
        (["--vars", "null"], ["--vars", "one object"]),
        (["--vars", "[" * 100_000], ["--vars", "not valid JSON"]),
        (["--vars", '{"max_rejected_share": NaN}'], ["NaN is no number"]),
        (["--vars", '{"max_rejected_share": 1.5}'], ["max_rejected_share", "from 0 to 1"]),
        (["--vars", '{"max_rejected_share": null}'], ["max_rejected_share", "must be a number"]),
        (["--vars", '{"min_base_publish": -1}'], ["min_base_publish", "from 0 to"]),
        (["--vars", '{"pause_max_days": 2.5}'], ["pause_max_days", "a whole number"]),
        (["--vars", '{"keep_releases": 0}'], ["keep_releases", "from 1 to"]),
        (["--vars", '{"reporting_time_zone": null}'], ["reporting_time_zone", "must be text"]),
        (["--vars", '{"churn_grace_days": 99999999999}'], ["churn_grace_days", "from 0 to 1000000"]),
        (["--vars", '{"clv_horizon_years": 1000}'], ["clv_horizon_years", "from 0 to 100"]),
        (["--vars", '{"as_of": "99999-01-01"}'], ["as_of", "ISO 8601"]),
        (["--vars-file", ""], ["--vars-file", "empty name"]),
        (["--vars-file", "."], ["cannot be read"]),
        (["--raw", ""], ["raw folder", "empty name"]),
        (["--raw", "~no_such_user/raw"], ["~no_such_user", "not there"]),
        (["--to", ""], ["--to", "empty name"]),
        (["--vars", '{"csi_weights": "guessed"}'], ["csi_weights", "stated, derived or equal"]),
        (["--vars", '{"finite_population": "no"}'], ["finite_population", "true or false"]),
        (["--vars", "{}", "--vars-file", "x.json"], ["not both"]),
        (["--vars-file", "nowhere.json"], ["nowhere.json", "cannot be read"]),
        (["--target", "postgress"], ["postgress", "postgres"]),
        (["--languages", "en,de"], ["de", "en, lt, ru"]),
        (["--languages", " , "], ["no language"]),
    ],
)
def test_a_wrong_option_is_named(step: str, arguments: Sequence[str], words: Sequence[str]) -> None:
    assert_one_sentence(call(step, *arguments), 2, *words)


def test_an_unknown_option_or_command_is_wrong_use() -> None:
    assert call("run", "--fast").exit_code == 2
    assert call("walk").exit_code == 2


@pytest.mark.parametrize("command", [["run", "--raw"], ["intake"]])
def test_a_raw_folder_with_nothing_to_read_is_wrong_use(command: Sequence[str], tmp_path: Path) -> None:
    to = ["--to", tmp_path / "to"] if command[0] == "run" else []
    raw = tmp_path / "raw"
    raw.mkdir()
    assert_one_sentence(call(*command, raw, *to), 2, "is empty")
    (raw / "readme.txt").write_text("nothing")
    assert_one_sentence(call(*command, raw, *to), 2, "No raw table was found", "crm.customers")
    assert_one_sentence(call(*command, raw / "readme.txt", *to), 2, "not a folder")


def test_a_raw_folder_that_reads_as_a_pattern_is_refused(tmp_path: Path) -> None:
    raw = write_small_raw(tmp_path / "raw[1]")
    assert_one_sentence(call("run", "--raw", raw, "--to", tmp_path / "to"), 2, "pattern")


def test_a_destination_that_is_a_file_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "to").write_text("mine")
    assert_one_sentence(call("run", "--to", tmp_path / "to"), 2, "is a file")


@pytest.mark.parametrize("inside", [".", "out", "crm/../out/deep"])
def test_a_destination_among_the_raw_files_is_wrong_use(inside: str, raw: Path) -> None:
    before = sorted(raw.rglob("*"))
    result = call("run", "--raw", raw, "--to", raw / inside)
    assert_one_sentence(result, 2, "lies in the raw folder")
    assert sorted(raw.rglob("*")) == before


def test_a_destination_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert_one_sentence(call("run", "--to", tmp_path / "file" / "to"), 1, "cannot be written", "Not a dir")


def test_output_that_nobody_reads_any_more_stops_nothing(raw: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cx_warehouse", "intake", str(raw)],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    assert (process.wait(), told) == (0, "")


def test_a_machine_that_refuses_is_one_sentence_that_names_the_place(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cx_warehouse.pipeline.make_build", full)
    result = call("run", "--raw", raw, "--to", tmp_path / "to")
    assert_one_sentence(result, 1, str(tmp_path / "to"), "No space left on device", "last release stays")


def test_a_public_path_that_is_not_ours_is_left_alone(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "to" / "marts").mkdir(parents=True)
    assert_one_sentence(call("run", "--raw", raw, "--to", tmp_path / "to"), 1, "marts", "no release of ours")


def test_a_missing_required_column_names_file_column_and_what_was_found(raw: Path, tmp_path: Path) -> None:
    file = raw / "crm" / "subscriptions.csv"
    file.write_text("subscription_id,customer_id,begin,mrr\n")
    words = [str(file), "started_at", "subscription_id, customer_id, begin, mrr"]
    assert_one_sentence(call("run", "--raw", raw, "--to", tmp_path / "to"), 1, *words)
    result = call("intake", raw)
    assert result.exit_code == 1
    assert all(word in result.stderr for word in words)


def test_a_table_that_is_there_twice_is_a_data_error(raw: Path, tmp_path: Path) -> None:
    (raw / "crm" / "customers.parquet").write_bytes(b"not parquet")
    assert_one_sentence(call("run", "--raw", raw, "--to", tmp_path / "to"), 1, "customers")
    (raw / "crm" / "customers.parquet").unlink()
    (raw / "crm" / "customers.csv.gz").write_bytes(b"not gzip")
    assert_one_sentence(call("run", "--raw", raw, "--to", tmp_path / "to"), 1, "customers")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("vars.json", '{"as_of": }', ["vars.json", "not valid JSON"]),
        ("vars.json", '["as_of"]', ["vars.json", "one object"]),
        ("vars.yml", "as_of: [", ["vars.yml", "not valid YAML"]),
        ("vars.yaml", "as_off: 2026-07-01", ["as_off", "as_of"]),
        ("vars.yaml", "- as_of", ["vars.yaml", "one object"]),
        ("vars.yaml", "as_of: [2026-07-01]", ["as_of", "must be one value"]),
        ("vars.json", "", ["vars.json", "not valid JSON"]),
    ],
)
def test_a_variables_file_that_is_wrong_is_named(
    name: str, content: str, words: Sequence[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    assert_one_sentence(call("run", "--vars-file", tmp_path / name), 2, *words)


def test_two_runs_at_once_on_one_destination_are_refused(raw: Path, tmp_path: Path) -> None:
    lock = tmp_path / "to" / ".build" / "lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = call("run", "--raw", raw, "--to", tmp_path / "to")
    assert_one_sentence(result, 1, "Another cx is at work")


@pytest.mark.parametrize("step", ["check", "publish", "report", "rollback"])
def test_a_step_before_its_turn_says_what_to_run_first(step: str, tmp_path: Path) -> None:
    mistyped = tmp_path / "to"
    assert_one_sentence(call(step, "--to", mistyped), 1, "first")
    assert not mistyped.exists()
    mistyped.mkdir()
    assert_one_sentence(call(step, "--to", mistyped), 1, "has no build and no release")
    assert not list(mistyped.iterdir())


def test_a_database_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_POSTGRES_HOST", "127.0.0.1")
    monkeypatch.setenv("CX_POSTGRES_PORT", "1")
    result = call("build", "--target", "postgres", "--to", tmp_path / "to")
    assert_one_sentence(result, 1, "127.0.0.1:1", "cannot be reached", "CX_POSTGRES_HOST")
    monkeypatch.setenv("CX_POSTGRES_PORT", "many")
    result = call("build", "--target", "postgres", "--to", tmp_path / "to")
    assert_one_sentence(result, 2, "CX_POSTGRES_PORT", "many")


@pytest.mark.parametrize("threads", ["0", "-1", "many", ""])
def test_a_number_of_threads_that_is_none_is_wrong_use(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_THREADS", threads)
    assert_one_sentence(call("build"), 2, "CX_THREADS", "whole number from 1")


def test_an_unforeseen_error_is_one_sentence_and_a_log(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("cx_warehouse.pipeline.make_build", broken)
    result = call("run", "--raw", raw, "--to", tmp_path / "to")
    log = tmp_path / "to" / ".build" / "logs" / "cx_error.log"
    assert_one_sentence(result, 1, "ZeroDivisionError", "of all things", str(log))
    assert "Traceback" in log.read_text()


def test_later_steps_take_the_build_as_it_was_made(tmp_path: Path) -> None:
    build = tmp_path / ".build"
    build.mkdir()
    stamp = {"invocation": "1", "target": "duckdb", "variables": {}, "models": 1, "failed_tests": []}
    stamp |= {"inputs": {}, "still_read": {}}
    (build / "build.json").write_text(json.dumps(stamp))
    for step in ("check", "publish"):
        result = call(step, "--vars", '{"as_of": "2026-01-01"}', "--to", tmp_path)
        assert_one_sentence(result, 2, "as_of", "cx build")


def test_demo_writes_where_it_is_told(tmp_path: Path) -> None:
    pytest.importorskip("cx_warehouse.demo")
    result = call("demo", "--customers", 12, "--seed", 3, "--to", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "demo" / "crm" / "customers.csv").is_file()


def test_garbage_of_a_build_that_failed_is_cleared_away_by_the_next_and_looked_for_between_them() -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    left: list[weakref.ref[Ring]] = []

    def fail() -> None:
        with uncollected():
            assert not gc.isenabled()
            left.append(weakref.ref(Ring()))
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert gc.isenabled()
    gc.collect()
    assert left[0]() is not None, "what a build left is searched again"
    with uncollected():
        assert left[0]() is None, "builds in one process add up"
