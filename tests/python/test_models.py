"""What the models' YAML says is what was built: dbt-bouncer reads the YAML, this reads the warehouse."""

import json

import duckdb

from cx_warehouse.workspace import Workspace


def test_every_column_that_was_built_is_described(released: Workspace) -> None:
    manifest = json.loads((released.artifacts / "manifest.json").read_text(encoding="utf-8"))
    described = {
        (node["schema"], node["name"]): set(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    built: dict[tuple[str, str], set[str]] = {}
    with duckdb.connect(str(released.build_file), read_only=True) as file:
        for schema, table, column in file.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
        ).fetchall():
            built.setdefault((schema, table), set()).add(column)
    assert set(described) <= set(built)
    silent = {name: built[name] - columns for name, columns in described.items()}
    assert {name: columns for name, columns in silent.items() if columns} == {}
