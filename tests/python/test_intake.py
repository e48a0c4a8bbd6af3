"""Intake says what lies in a folder, without loading it, by the contract that staging declares."""

import gzip
import os
import re
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from small_raw import write_small_raw

from cx_warehouse.cli import main
from cx_warehouse.contract import raw_contract
from cx_warehouse.display import PlainLines, Table, Terminal, shown
from cx_warehouse.errors import WrongUse
from cx_warehouse.intake import file_scan, intake_tables, look
from cx_warehouse.lineage import marts_fed_by


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write_small_raw(tmp_path / "raw")


def test_the_contract_is_read_from_staging() -> None:
    tables = {table.label: table for table in raw_contract()}
    customers = tables["crm.customers"]
    assert customers.model == "stg_crm__customers"
    assert customers.required == ("customer_id",)
    orders = {column.name: column for column in tables["crm.orders"].columns}
    assert orders["status"].domain == ("paid", "placed", "cancelled", "returned")
    assert orders["status"].has_default


def test_rows_columns_and_what_is_ignored_are_seen(raw: Path) -> None:
    (raw / "crm" / "customers.csv").write_text("Customer_ID,shoe size,segment\nc1,42,large\nc2,38,small\n")
    file = next(one for one in look(raw, is_counting=True).files if one.table.label == "crm.customers")
    assert (file.rows, file.columns) == (2, ("Customer_ID", "shoe size", "segment"))
    assert file.ignored == ("shoe size",)
    assert "is_test" in file.absent
    assert file.problem is None


def test_parquet_and_gzip_are_read_as_csv_is(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (raw / "crm").mkdir(parents=True)
    duckdb.sql("select 'c1' as customer_id union all select 'c2'").write_parquet(
        str(raw / "crm" / "customers.parquet")
    )
    with gzip.open(raw / "crm" / "employees.csv.gz", "wt") as stream:
        stream.write('employee_id,name\ne1,"Ann, of\ntwo lines"\n')
    found = {file.table.label: file.rows for file in look(raw, is_counting=True).files}
    assert found == {"crm.customers": 2, "crm.employees": 1}


def test_files_outside_the_contract_are_told_and_stay_unread(raw: Path) -> None:
    (raw / "crm" / "cutsomers.csv").write_text("x\n")
    (raw / "crm" / "deep").mkdir()
    (raw / "crm" / "deep" / "customers.csv").write_text("x\n")
    intake = look(raw, is_counting=False)
    assert {str(path) for path in intake.unknown} == {"crm/cutsomers.csv", "crm/deep/customers.csv"}
    assert not intake.problems


def test_nothing_known_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id\n")
    with pytest.raises(WrongUse, match="No raw table was found"):
        look(tmp_path, is_counting=False)


def test_every_problem_is_a_sentence_with_its_file(raw: Path) -> None:
    (raw / "crm" / "customers.csv").write_text("name\nAnn\n")
    (raw / "helpdesk" / "tickets.csv").rename(raw / "helpdesk" / "tickets.parquet")
    problems = look(raw, is_counting=True).problems
    assert len(problems) == 2
    assert "customers.csv has no column customer_id" in problems[0]
    assert "tickets.parquet cannot be read" in problems[1]
    result = CliRunner().invoke(main, ["intake", str(raw)])
    assert result.exit_code == 1
    assert "(1 more" in result.stderr


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "broken link", "loop"])
def test_what_is_no_file_under_a_tables_name_stops_and_is_never_opened(kind: str, raw: Path) -> None:
    path = raw / "crm" / "customers.csv"
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to({"device": "/dev/zero", "broken link": "nowhere", "loop": path}[kind])
    problems = [problem for problem in look(raw, is_counting=True).problems if str(path) in problem]
    assert len(problems) == 1
    assert "is no file but" in problems[0]
    assert "or remove it" in problems[0]


def test_a_folder_of_a_system_may_be_a_link(raw: Path, tmp_path: Path) -> None:
    plain = {file.table.label: file.rows for file in look(raw, is_counting=True).files}
    (raw / "crm").rename(tmp_path / "elsewhere")
    (raw / "crm").symlink_to(tmp_path / "elsewhere")
    assert {file.table.label: file.rows for file in look(raw, is_counting=True).files} == plain


def test_a_file_is_read_with_the_dialect_that_dbt_reads_it_with() -> None:
    assert file_scan("/a/b.parquet") == "read_parquet('/a/b.parquet')"
    assert file_scan("/a/o'b.csv").startswith("read_csv('/a/o''b.csv', header = true, all_varchar = true")


def test_what_a_table_feeds_follows_the_models() -> None:
    assert {"dim_customers", "dim_customer_history"} <= set(marts_fed_by("stg_crm__customers"))
    assert marts_fed_by("no_such_model") == ()


def test_intake_on_a_pipe_prints_lines_and_on_a_terminal_tables(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = CliRunner().invoke(main, ["intake", str(raw)])
    assert result.exit_code == 0, result.output
    assert "crm.customers: file=crm/customers.csv, rows=41, columns=3" in result.output
    assert "crm.contacts: would feed=" in result.output
    assert re.search("feeds=dim_customer.* and [0-9]+ more", result.output)
    assert max(len(line) for line in result.output.splitlines()) < 600
    terminal = Terminal()
    for table in intake_tables(look(raw, is_counting=True)):
        terminal.table(table)
    assert "Raw tables in" in capsys.readouterr().out


@pytest.mark.parametrize("display", [PlainLines, Terminal])
def test_both_displays_tell_steps_and_facts(
    display: type[PlainLines] | type[Terminal], capsys: pytest.CaptureFixture[str]
) -> None:
    shown_on = display()
    shown_on.advance(1, 2, "nothing has started")
    shown_on.start("build")
    shown_on.advance(1, 2, "dim_customers")
    shown_on.finish("2 models built")
    shown_on.note("A fact [not markup].")
    shown_on.table(Table("Counts", ("name", "rows"), [("a", 1234), ("b", None)], frozenset({"rows"})))
    shown_on.start("gate")
    shown_on.close()
    out = capsys.readouterr().out
    for words in ("2 models built", "A fact [not markup].", "1,234"):
        assert words in out


def test_cells_are_shown_as_people_write_them() -> None:
    assert (shown(1234567), shown(None), shown(True), shown("x")) == ("1,234,567", "", "True", "x")
