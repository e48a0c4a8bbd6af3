"""Which team needs help: teams and offices against everyone, no single agent, no league table."""

from __future__ import annotations

from typing import Any

from reports.figures.measures import COLUMNS, KEY, MART, Edition
from reports.figures.subjects import Breakdown, breakdown
from reports.pages.groups import Groups, apart_title, group_table
from reports.pages.parts import Context
from reports.release import Release
from reports.words import N_

DIMENSIONS = ("team", "office")
MEASURES = (
    ("sla_attainment", "none"),
    ("frt_human_median", "none"),
    ("frt_human_p90", "none"),
    ("fcr", "none"),
    ("reopen_rate", "none"),
    ("csat_t2b", "transactional"),
    ("ces2_pct", "transactional"),
    ("ces_5", "transactional"),
    ("nps_txn", "transactional"),
)
QUESTIONS = {"team": N_("Which team needs help?"), "office": N_("Which office needs help?")}


def has_data(release: Release, edition: Edition) -> bool:
    """Whether any team or office that has a name is measured; the marts cross no segments with teams."""
    if edition.segment is not None:
        return False
    rows = release.rows(
        MART,
        (),
        ("dimension_value",),
        {"metric": [metric for metric, _ in MEASURES], "dimension": list(DIMENSIONS)},
    )
    return any(row.text("dimension_value") != "unknown" for row in rows)


def groups(context: Context, dimension: str) -> list[Groups]:
    """Every measure of the teams in its shortest reliable period, teams by name."""
    found = []
    for metric, programme in MEASURES:
        one = breakdown(
            context.release,
            MART,
            COLUMNS,
            KEY,
            dimension,
            context.edition,
            metric=metric,
            programme=programme,
        )
        if one is not None and is_comparable(one):
            found.append(
                group_table(
                    context,
                    one,
                    metric,
                    group_id=f"{dimension}-{metric.replace('_', '-')}",
                    title=apart_title,
                    is_ranked=False,
                )
            )
    return found


def is_comparable(one: Breakdown) -> bool:
    """Whether there are groups with a name, and more than one."""
    return len(one.rows) > 1 and any(row.text("dimension_value") != "unknown" for row in one.rows)


def build(context: Context) -> dict[str, Any]:
    """Everything that the page on teams places."""
    sections = [
        {"id": dimension, "question": context.words.gettext(QUESTIONS[dimension]), "groups": found}
        for dimension in DIMENSIONS
        if (found := groups(context, dimension))
    ]
    return {"heading": context.say(N_("Where does service need help?")), "sections": sections}
