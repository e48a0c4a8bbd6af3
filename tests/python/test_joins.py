"""No model compares all rows of one side with all of the other: at a million rows it would never end."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from cx_warehouse.workspace import Workspace

SMALL_ON_ONE_SIDE = {
    "int_exit_answers": 1,  # the words for reasons
    "int_feedback_cells": 1,  # the grains of periods
    "int_feedback_indices": 1,  # the questions of an index
    "int_feedback_measures": 1,  # the metrics of one score
    "int_feedback_weighted_scores": 1,  # the scales of a survey
    "int_journey_stage_cells": 1,  # the metrics of a stage
    "rule_hits": 2,  # the rules
}
"""So many joins of a model go through a side that does not grow with the data."""


def compared_one_by_one(node: dict[str, Any]) -> Iterator[str]:
    """Joins of a plan for which DuckDB can neither hash nor sort, and whose sides both have rows."""
    rows = [
        int(str(child["extra_info"].get("Estimated Cardinality", 0)).strip("~")) for child in node["children"]
    ]
    if "NL_JOIN" in node["name"] and min(rows) > 1:
        yield node["name"]
    for child in node["children"]:
        yield from compared_one_by_one(child)


def test_no_model_compares_all_rows_with_all(released: Workspace) -> None:
    results = json.loads((released.artifacts / "run_results.json").read_text())["results"]
    models = {
        result["unique_id"].split(".")[-1]: result["compiled_code"]
        for result in results
        if result["unique_id"].startswith("model.") and result["compiled_code"]
    }
    assert len(models) > 200
    found = {}
    with duckdb.connect(str(released.build_file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, sql in models.items():
            ((_, plan),) = connection.execute(f"explain (format json) {sql}").fetchall()
            found[name] = sum(len(list(compared_one_by_one(node))) for node in json.loads(plan))
    too_many = {name: joins for name, joins in found.items() if joins > SMALL_ON_ONE_SIDE.get(name, 0)}
    assert not too_many, "Join by a key that is null where nothing is looked for."
