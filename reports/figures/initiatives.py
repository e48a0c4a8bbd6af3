"""What the company undertook meanwhile: initiatives that may show in a measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from reports.figures.measures import Edition
from reports.release import Release, Row

INITIATIVES = "dim_initiatives"


def initiatives(release: Release, metric: str) -> list[Row]:
    """The initiatives meant to move a measure, one of its family, or everything; by the day they started."""
    families = {
        row.text("metric"): row.text("family")
        for row in release.rows("dim_metrics", ("family",), ("metric",))
    }
    found = release.rows(INITIATIVES, ("name", "metric", "started_date"), ("initiative_id",))
    own = [
        row
        for row in found
        if row.date("started_date") is not None
        and (
            not row.text("metric")
            or row.text("metric") == metric
            or (families.get(metric) is not None and families.get(row.text("metric")) == families[metric])
        )
    ]
    return sorted(own, key=lambda row: (row.date("started_date") or dt.date.min, row.source.address))


def place_of(day: dt.date, starts: Sequence[dt.date], edition: Edition) -> float | None:
    """Where a day lies on an axis of periods: a period reaches from half before its mark to half after it."""
    for index, start in enumerate(starts):
        end = edition.back(-1, start)
        if start <= day < end:
            return round(index - 0.5 + (day - start).days / (end - start).days, 2)
    return None
