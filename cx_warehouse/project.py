"""The dbt project beside this package: where it is, which variables and targets it declares."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

PROJECT_DIR = Path(__file__).resolve().parent.parent

Value = str | int | float | bool | None


def read_yaml(path: Path) -> dict[str, object]:
    """A YAML file whose top level is a mapping."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    return content if isinstance(content, dict) else {}


@cache
def known_variables() -> dict[str, Value]:
    """The variables of dbt_project.yml with their defaults: the only names a user may set."""
    variables = read_yaml(PROJECT_DIR / "dbt_project.yml")["vars"]
    assert isinstance(variables, dict)  # noqa: S101 - our own file
    return dict(variables)


@cache
def known_targets() -> tuple[str, ...]:
    """The targets of profiles.yml."""
    profile = read_yaml(PROJECT_DIR / "profiles.yml")["cx_warehouse"]
    assert isinstance(profile, dict)  # noqa: S101 - our own file
    return tuple(profile["outputs"])


@cache
def known_languages() -> dict[str, bool]:
    """Languages a report can be asked for, and whether its catalogue is there (English needs none)."""
    locales = PROJECT_DIR / "reports" / "locales"
    return {
        language: language == "en" or any((locales / language).rglob("*.[mp]o"))
        for language in ("en", "ru", "lt")
    }
