"""The raw contract is declared once, in the YAML of staging; what must repeat it is held against it here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt_runner import PROJECT

from cx_warehouse.contract_page import PAGE, contract_page

STAGING = PROJECT / "models" / "staging"


def staging_models() -> dict[tuple[str, str], dict[str, Any]]:
    """Every staging model's YAML by (system, table)."""
    models = {}
    for file in STAGING.glob("*/_*__models.yml"):
        for model in yaml.safe_load(file.read_text())["models"]:
            system, table = model["name"].removeprefix("stg_").split("__")
            models[system, table] = model
    return models


MODELS = staging_models()
KINDS = {"text", "timestamp", "date", "bigint", "double precision", "decimal(18,4)", "boolean"}
WORDS = {"required", "must_exist", "default", "domain", "happened", "free_text"} | {
    "any_case", "category", "category_of",
}  # fmt: skip


@pytest.mark.parametrize(("system", "table"), sorted(MODELS))
def test_each_declared_table_has_a_model_and_known_words(system: str, table: str) -> None:
    model = MODELS[system, table]
    assert (STAGING / system / f"{model['name']}.sql").exists()
    names = [column["name"] for column in model["columns"]]
    assert set(model["config"]["meta"]["raw"]["key"]) <= set(names)
    for column in model["columns"]:
        assert column["data_type"] in KINDS
        rule = column.get("config", {}).get("meta", {}).get("raw", {})
        assert set(rule) <= WORDS, f"{column['name']}: unknown word in its rule"
        assert not rule.get("happened") or column["data_type"] == "timestamp"


def test_demo_seeds_take_every_contract_column_as_text() -> None:
    declared = {}
    for file in (PROJECT / "seeds" / "demo").glob("*/_*__seeds.yml"):
        for seed in yaml.safe_load(file.read_text())["seeds"]:
            declared[file.parent.name, seed["name"]] = seed["config"]["column_types"]
    assert declared.keys() == MODELS.keys()
    for key, types in declared.items():
        assert list(types) == [column["name"] for column in MODELS[key]["columns"]]
        assert set(types.values()) == {"text"}


def test_quality_reconciles_every_staging_model() -> None:
    source = (PROJECT / "macros" / "contract" / "raw_tables.sql").read_text()
    listed = {
        (system, table)
        for system, tables in re.findall(r"'(\w+)': \[(.*?)\]", source, re.DOTALL)
        for table in re.findall(r"'(\w+)'", tables)
    }
    assert listed == set(MODELS)


def test_sources_name_the_same_tables() -> None:
    named = {
        (file.parent.name, table["name"])
        for file in STAGING.glob("*/_*__sources.yml")
        for source in yaml.safe_load(file.read_text())["sources"]
        for table in source["tables"]
    }
    assert named == set(MODELS)


SQL = [path for folder in ("models", "macros", "tests") for path in (PROJECT / folder).rglob("*.sql")]


@pytest.mark.parametrize("path", SQL, ids=lambda path: str(path.relative_to(PROJECT)))
def test_sql_is_written_in_lines_people_can_read(path: Path) -> None:
    long = [number for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > 120]
    assert not long, f"lines over 120 characters: {long}"


ENGINE_WORDS = re.compile(
    r"\b(qualify|asof|list_\w+|struct_\w+|unnest|try_cast|date_diff|epoch_us|exclude|regexp_matches)\s*\(|::",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "path",
    [p for p in SQL if "adapters" not in p.parts],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_engine_words_stand_in_the_adapter_macros_only(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|--[^\n]*", "", path.read_text(), flags=re.DOTALL)
    found = {
        match.group()
        for match in ENGINE_WORDS.finditer(text)
        if not match.group().startswith("try_cast")  # the project's own macro of that name
    }
    assert not found


# A release copies their rows from the build, and a reader may attach it under a name of its own.
VIEWS = [
    path
    for path in SQL
    if path.is_relative_to(PROJECT / "models/marts") and "materialized='view'" in path.read_text()
]


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_a_mart_that_is_a_view_is_read_under_any_name_of_its_database(path: Path) -> None:
    bare = re.findall(r"(?<!beside\()\bref\(.*?\)", path.read_text())
    assert not bare, "write beside(ref(...))"


def test_the_contract_page_says_what_staging_declares() -> None:
    assert PAGE.read_text(encoding="utf-8") == contract_page(), "run python -m cx_warehouse.contract_page"
