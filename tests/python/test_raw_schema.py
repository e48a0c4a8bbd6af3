"""`raw: schema`: what a loader left in schemas raw_<system> gives the marts that the same files give."""

import csv
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from dbt_runner import Warehouse
from postgres_server import connect
from raw_folder import drop_raw_schemas
from same_marts import assert_same_marts
from small_raw import VARIABLES, write_small_raw

from cx_warehouse.workspace import Workspace

LOADED = {"raw": "schema", **VARIABLES}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company's files."""
    return write_small_raw(tmp_path_factory.mktemp("raw"))


def test_tables_a_loader_typed_give_the_same_marts(raw: Path, tmp_path: Path, released: Workspace) -> None:
    warehouse = Warehouse(tmp_path, {})
    with duckdb.connect(str(warehouse.build_file)) as file:
        file.execute("set time zone 'UTC'")
        for path in sorted(raw.glob("*/*.csv")):
            file.execute(f"create schema if not exists raw_{path.parent.name}")
            # Read with guessed types, as a loader would: days, instants with a zone, whole numbers.
            file.execute(f"create table raw_{path.parent.name}.{path.stem} as from read_csv('{path}')")
        types = dict(file.execute(
            "select column_name, data_type from duckdb_columns() where schema_name like 'raw_%'"
        ).fetchall())  # fmt: skip
        assert types["responded_at"] == "TIMESTAMP WITH TIME ZONE"
        assert (types["started_at"], types["mrr"], types["value"]) == ("DATE", "BIGINT", "VARCHAR")
    warehouse.dbt("build", "--exclude-resource-type", "unit_test", variables=LOADED)
    with (
        duckdb.connect(str(warehouse.build_file), read_only=True) as built,
        duckdb.connect(str(released.to / "cx_warehouse.duckdb"), read_only=True) as release,
    ):
        assert assert_same_marts(built, release, only="marts") > 1_000


def test_tables_of_text_in_postgres_give_the_same_marts(
    raw: Path, tmp_path: Path, released: Workspace, postgres_environment: Mapping[str, str]
) -> None:
    with connect(postgres_environment) as server:
        cursor = server.cursor()
        drop_raw_schemas(cursor)
        for path in sorted(raw.glob("*/*.csv")):
            table = f"raw_{path.parent.name}.{path.stem}"
            with path.open(encoding="utf-8", newline="") as stream:
                columns = ", ".join(f"{name} text" for name in next(csv.reader(stream)))
                cursor.execute(f"create schema if not exists raw_{path.parent.name}")
                cursor.execute(f"create table {table} ({columns})")
                cursor.copy_expert(f"copy {table} from stdin with (format csv)", stream)
    warehouse = Warehouse(tmp_path, postgres_environment)
    warehouse.dbt("build", "--exclude-resource-type", "unit_test", variables=LOADED)
    with (
        connect(postgres_environment) as built,
        duckdb.connect(str(released.to / "cx_warehouse.duckdb"), read_only=True) as release,
    ):
        assert assert_same_marts(built.cursor(), release, only="marts") > 1_000


def test_schemas_without_a_table_say_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"No raw table was found. Looked for crm.cancellations, "):
        Warehouse(tmp_path, {}).dbt("build", variables=LOADED)
