"""How each metric is shown, and the categories the report has words for (metrics.yml, vocabulary.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import yaml

Direction = Literal["up", "down", "none"]


@dataclass(frozen=True)
class Metric:
    """What the report must know of a metric to print it."""

    code: str
    name: str
    title: str
    definition: str
    unit: str
    decimals: int
    direction: Direction
    signed: bool = False
    scale: tuple[float, float] | None = None
    change_decimals: int = 1
    matures_later: bool = False
    mean: bool = False
    grows: bool = False


def load(name: str) -> Any:
    """One of the package's YAML files."""
    return yaml.safe_load((files("reports") / name).read_text(encoding="utf-8"))


def read_metric(code: str, entry: Mapping[str, Any]) -> Metric:
    """One entry of metrics.yml."""
    scale = entry.get("scale")
    return Metric(
        code=code, **{**entry, "scale": None if scale is None else (float(scale[0]), float(scale[1]))}
    )


METRICS: dict[str, Metric] = {code: read_metric(code, entry) for code, entry in load("metrics.yml").items()}
VOCABULARY: dict[str, dict[str, str]] = load("vocabulary.yml")
