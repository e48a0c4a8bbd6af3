"""Which marts a staging model feeds, read from the `ref` calls of the models."""

from __future__ import annotations

import re
from functools import cache

from cx_warehouse.project import PROJECT_DIR

REFERENCE = re.compile(r"\bref\(\s*['\"](\w+)['\"]\s*\)")


@cache
def children() -> dict[str, frozenset[str]]:
    """For each model, those that read it directly."""
    readers: dict[str, set[str]] = {}
    for path in (PROJECT_DIR / "models").rglob("*.sql"):
        for parent in REFERENCE.findall(path.read_text(encoding="utf-8")):
            readers.setdefault(parent, set()).add(path.stem)
    return {parent: frozenset(names) for parent, names in readers.items()}


@cache
def marts() -> frozenset[str]:
    """The names of all marts."""
    return frozenset(path.stem for path in (PROJECT_DIR / "models" / "marts").rglob("*.sql"))


def marts_fed_by(model: str) -> tuple[str, ...]:
    """The marts that a model reaches, directly or not: facts and dimensions first, by name."""
    reached: set[str] = set()
    ahead = [model]
    while ahead:
        for child in children().get(ahead.pop(), frozenset()) - reached:
            reached.add(child)
            ahead.append(child)
    return tuple(sorted(reached & marts(), key=lambda mart: (mart.startswith("kpi_"), mart)))
