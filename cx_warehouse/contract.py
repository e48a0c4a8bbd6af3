"""The raw contract, read where the staging models declare it (models/staging/*/_*__models.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from cx_warehouse.project import PROJECT_DIR, read_yaml


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table and what makes its value acceptable."""

    name: str
    data_type: str
    is_required: bool
    has_default: bool
    must_exist: bool
    domain: tuple[str, ...]
    has_happened: bool
    is_personal: bool


@dataclass(frozen=True)
class RawTable:
    """One raw table of the contract."""

    system: str
    name: str
    key: tuple[str, ...]
    columns: tuple[RawColumn, ...]

    @property
    def label(self) -> str:
        """`crm.customers`."""
        return f"{self.system}.{self.name}"

    @property
    def model(self) -> str:
        """The staging model that reads it."""
        return f"stg_{self.system}__{self.name}"

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a table that is present must have."""
        return tuple(column.name for column in self.columns if column.must_exist)


@cache
def raw_contract() -> tuple[RawTable, ...]:
    """Every raw table that staging reads, in the order of systems and declaration."""
    tables = []
    for path in sorted((PROJECT_DIR / "models" / "staging").glob("*/_*__models.yml")):
        for model in list_of(read_yaml(path), "models"):
            system, name = str(model["name"]).removeprefix("stg_").split("__", 1)
            tables.append(
                RawTable(
                    system=system,
                    name=name,
                    key=tuple(rule(model)["key"]),
                    columns=tuple(read_column(column) for column in list_of(model, "columns")),
                )
            )
    return tuple(tables)


def read_column(declared: dict[str, Any]) -> RawColumn:
    """A column as declared."""
    words = rule(declared)
    return RawColumn(
        name=str(declared["name"]),
        data_type=str(declared["data_type"]),
        is_required=bool(words.get("required", False)),
        has_default="default" in words,
        must_exist=bool(words.get("must_exist") or (words.get("required") and "default" not in words)),
        domain=tuple(str(value) for value in words.get("domain", ())),
        has_happened=bool(words.get("happened", False)),
        is_personal="pii" in declared.get("config", {}).get("tags", ()),
    )


def rule(declared: dict[str, Any]) -> dict[str, Any]:
    """What `config.meta.raw` says; empty when it says nothing."""
    words = declared.get("config", {}).get("meta", {}).get("raw", {})
    return dict(words)


def list_of(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of mappings below a name."""
    return list(content.get(name) or [])
