"""How is it counted: every metric of the registry, from dim_metrics, so that nothing can drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.figures.trust import definitions, measured_programmes
from reports.pages.parts import Context, Table
from reports.registry import METRICS, VOCABULARY
from reports.release import Row
from reports.words import N_, base_and_exclusions


@dataclass(frozen=True)
class Definition:
    """One metric as the registry defines it."""

    metric: str
    name: str
    formula: str
    facts: tuple[tuple[str, object], ...]
    # The language of name and formula where it is not that of the page.
    language: str


def build(context: Context) -> dict[str, Any]:
    """Everything that the definitions page places."""
    programmes = measured_programmes(context.release)
    place = {family: index for index, family in enumerate(VOCABULARY["family"])}
    rows = sorted(
        definitions(context.release),
        key=lambda row: (
            place.get(row.text("family"), len(place)),
            row.text("family"),
            row.text("metric"),
        ),
    )
    families: dict[str, list[Definition]] = {}
    for row in rows:
        if row.text("metric") in programmes:
            families.setdefault(row.text("family"), []).append(definition(context, row, programmes))
    return {
        "heading": context.say(N_("How is it counted?")),
        "families": [
            {"name": context.words.term("family", family), "entries": entries}
            for family, entries in families.items()
        ],
        "unmeasured": unmeasured_table(
            context, [row for row in rows if row.text("metric") not in programmes]
        ),
    }


def definition(context: Context, row: Row, programmes: Mapping[str, list[str]]) -> Definition:
    """One metric: formula, base and what is left out, time, interval, test, source, owner, target."""
    words = context.words
    metric = row.text("metric")
    name, formula = (words.registry(form, row.text(form)) for form in ("name", "formula"))
    title = words.metric(metric, "title") if metric in METRICS else ""
    base, exclusions = base_and_exclusions(row.text("base"))
    facts: list[tuple[str, object]] = [
        (words.gettext(N_("On the cards")), "" if title == name else title),
        (words.gettext(N_("Base")), words.registry("base", base)),
        (words.gettext(N_("Left out")), words.registry("exclusions", exclusions)),
        (
            words.gettext(N_("Counted at")),
            words.registry("time_attribution", row.text("time_attribution")),
        ),
        (words.gettext(N_("95% interval")), words.term("method", row.text("interval_kind"))),
        (words.gettext(N_("Test of a change")), words.term("method", row.text("test_kind"))),
        (
            words.gettext(N_("Direction")),
            words.term("direction", row.text("direction")) if row.text("direction") else "",
        ),
        (
            words.gettext(N_("Measured in")),
            context.formats.list([words.term("programme", name) for name in programmes.get(metric, [])]),
        ),
        (words.gettext(N_("Mart")), "kpi_metric_values"),
        (
            words.gettext(N_("Specification")),
            words.gettext(N_("METRICS § {section}")).format(section=row.text("section"))
            if row.text("section")
            else "",
        ),
        (words.gettext(N_("Owner")), words.registry("owner", row.text("owner"))),
        (words.gettext(N_("Target")), context.printer.plain(row, "target") or ""),
    ]
    is_own = words.language == "en" or formula != row.text("formula")
    return Definition(
        metric,
        name or metric,
        formula,
        tuple((label, value) for label, value in facts if value),
        "" if is_own else "en",
    )


def unmeasured_table(context: Context, rows: list[Row]) -> Table | None:
    """What the registry defines and this release has no values of."""
    words = context.words
    if not rows:
        return None
    return Table(
        "unmeasured",
        words.gettext(N_("Defined, but without values in this release")),
        [words.gettext(N_("Metric")), words.gettext(N_("Formula")), words.gettext(N_("Owner"))],
        [
            [
                words.registry("name", row.text("name")) or row.text("metric"),
                words.registry("formula", row.text("formula")),
                words.registry("owner", row.text("owner")),
            ]
            for row in rows
        ],
        is_text=True,
    )
