"""A second run in the same place: what it takes over from the first, and what it sees anew."""

import shutil
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt_runner import PROJECT, Warehouse
from raw_folder import RawFolder

PROJECT_OF_ONE_MODEL = """
name: cx_warehouse
profile: tiny
models:
  +persist_docs: {relation: true}
"""
PROFILE = "tiny: {outputs: {dev: {type: duckdb, path: '%s'}}, target: dev}"
DESCRIBED = "models: [{name: one, description: What it is.}]"


def test_a_relation_stands_as_it_was_until_the_new_one_is_made(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text(PROJECT_OF_ONE_MODEL)
    (tmp_path / "profiles.yml").write_text(PROFILE % (tmp_path / "tiny.duckdb"))
    for folder in ("models", "macros"):
        (tmp_path / folder).mkdir()
    (tmp_path / "models/one.yml").write_text(DESCRIBED)
    shutil.copy(PROJECT / "macros/adapters/materializations.sql", tmp_path / "macros")

    def run(materialized: str, query: str) -> tuple[bool, tuple[object, ...]]:
        (tmp_path / "models/one.sql").write_text(f"{{{{ config(materialized='{materialized}') }}}} {query}")
        folders = [word for name in ("project", "profiles") for word in (f"--{name}-dir", str(tmp_path))]
        own = ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs"), "--quiet"]
        succeeded = dbtRunner().invoke(["run", *folders, *own]).success
        DuckDBConnectionManager.close_all_connections()
        with duckdb.connect(str(tmp_path / "tiny.duckdb")) as build:
            return succeeded, build.sql(
                "select table_type, table_comment, (select max(a) from one), count(*) over () "
                "from information_schema.tables"
            ).fetchall()[0]

    broken = "select error('no') as a"
    assert run("table", "select 1 as a") == (True, ("BASE TABLE", "What it is.", 1, 1))
    assert run("table", broken) == (False, ("BASE TABLE", "What it is.", 1, 1))
    assert run("table", "select 2 as a") == (True, ("BASE TABLE", "What it is.", 2, 1))
    assert run("view", "select b from (select 3 as a)") == (False, ("BASE TABLE", "What it is.", 2, 1))
    assert run("view", "select 3 as a") == (True, ("VIEW", "What it is.", 3, 1))
    assert run("table", broken) == (False, ("VIEW", "What it is.", 3, 1))
    assert run("table", "select 4 as a") == (True, ("BASE TABLE", "What it is.", 4, 1))


def test_files_that_come_and_go_are_seen_though_the_project_is_not_parsed_again(tmp_path: Path) -> None:
    customers, employees = RawFolder(), RawFolder()
    customers.add("crm", "customers", customer_id="c", updated_at="2026-01-01")
    employees.add("crm", "employees", employee_id="e", email="e@example.org")
    raw = customers.write(tmp_path / "raw")
    warehouse = Warehouse(tmp_path, {})

    def employees_seen() -> list[tuple[object, ...]]:
        warehouse.dbt(
            "run", "--select", "stg_crm__employees", variables={"raw": "files", "raw_path": str(raw)}
        )
        with duckdb.connect(str(warehouse.build_file), read_only=True) as build:
            return build.sql("select employee_id from staging.stg_crm__employees").fetchall()

    assert employees_seen() == []
    employees.write(raw)
    assert employees_seen() == [("e",)]
    (raw / "crm/employees.csv").unlink()
    assert employees_seen() == []
    assert (tmp_path / "logs/dbt.log").read_text().count("Unable to do partial parsing") == 1


def test_a_megabyte_of_raw_files_is_no_longer_little(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, {})
    (tmp_path / "it's raw/crm").mkdir(parents=True)

    def is_little() -> bool:
        shown = warehouse.dbt(
            "show", "--inline", "select {{ raw_is_little() }} as little",
            variables={"raw": "files", "raw_path": str(tmp_path / "it's raw")},
        )  # fmt: skip
        little = shown.results[0].agate_table.rows[0]["little"]
        assert isinstance(little, bool)
        return little

    def write(name: str, size: int) -> None:
        with (tmp_path / "it's raw/crm" / name).open("wb") as file:
            file.truncate(size)

    assert is_little()
    write("customers.csv", 500_000 - 1)
    write("orders.parquet", 500_000)
    write("customers.csv.part", 1_000_000)
    write("notes.txt", 1_000_000)
    (tmp_path / "it's raw/crm/gone.txt").symlink_to("nowhere")
    assert is_little()
    write("customers.csv", 500_000)
    assert not is_little()


def test_what_the_profile_tells_the_engine_is_taken(tmp_path: Path) -> None:
    [told] = Warehouse(tmp_path, {}).select(
        "select current_setting('disabled_compression_methods') as methods, "
        "current_setting('TimeZone') as zone, current_setting('preserve_insertion_order') as in_order"
    )
    assert told["zone"] == "UTC"
    assert not told["in_order"]
    assert {"DICTIONARY", "ALP", "RLE"} <= set(told["methods"].upper().split(","))
