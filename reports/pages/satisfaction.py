"""Are customers satisfied: the indices over time, and what they are made of."""

from __future__ import annotations

from typing import Any

from reports.figures.measures import RELATIONAL_FIRST, TRANSACTIONAL_FIRST, choose
from reports.pages.attributes import drivers, grid, investing
from reports.pages.parts import Context, Figure
from reports.pages.trends import measure_figure
from reports.words import N_

MEASURES = (
    ("csi", ("csi",), RELATIONAL_FIRST),
    ("csat", ("csat_t2b", "csat_mean"), TRANSACTIONAL_FIRST),
    ("ces", ("ces_5", "ces2_pct", "ces2_mean"), TRANSACTIONAL_FIRST),
)
METRICS_SHOWN = tuple(metric for _, metrics, _ in MEASURES for metric in metrics)


def build(context: Context) -> dict[str, Any]:
    """Everything that the satisfaction page places."""
    figures: list[Figure] = []
    for figure_id, metrics, programmes in MEASURES:
        measure = choose(context.release, metrics, programmes, context.edition)
        figures.append(
            measure_figure(
                context,
                measure,
                figure_id=f"f-{figure_id}",
                number=len(figures) + 1,
                height=240,
                empty=N_("This question has no answers yet."),
            )
        )
    return {
        "heading": context.say(N_("Are customers satisfied?")),
        "figures": figures,
        "investing": investing(context, len(figures) + 1),
        "drivers": drivers(context),
        "grid": grid(context),
    }
