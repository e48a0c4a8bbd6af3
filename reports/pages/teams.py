"""Which team needs help: teams and offices against everyone, no single agent, no league table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from reports.figures.measures import COLUMNS, KEY, MART, Edition
from reports.figures.subjects import Breakdown, breakdown, staff
from reports.glyphs import whisker
from reports.pages.groups import GroupRow, Groups, apart_title, by_name, group_table, name_of, room_for
from reports.pages.parts import Cell, Context, Table, category
from reports.release import Release, Row
from reports.words import N_

DIMENSIONS = ("team", "office")
MEASURES = (
    ("sla_attainment", "none"),
    ("frt_human_median", "none"),
    ("frt_human_p90", "none"),
    ("fcr", "none"),
    ("one_touch", "none"),
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
    """Every measure of the teams, teams by name: within funnel limits where the mart has them."""
    found = []
    for metric, programme in MEASURES:
        funnel = staff(context.release, metric, dimension, context.edition)
        if len(funnel) > 1 and any(row.number("standardised_rate") is not None for row in funnel):
            found.append(funnel_table(context, metric, dimension, funnel))
            continue
        own = {"metric": metric, "programme": programme}
        one = breakdown(context.release, MART, COLUMNS, KEY, dimension, context.edition, **own)
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


def funnel_table(context: Context, metric: str, dimension: str, rows: Sequence[Row]) -> Groups:
    """The teams beside what chance explains for a team of their size and mix of work."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    ends = [
        number
        for row in rows
        for column in ("standardised_rate", "funnel_low_998", "funnel_high_998")
        if (number := row.number(column)) is not None
    ]
    start, end = (min(ends), max(ends)) if ends else (0.0, 1.0)
    group_id = f"{dimension}-{metric.replace('_', '-')}"
    period = rows[0].date("period_start")
    placed, rest = room_for(
        context,
        sorted((row for row in rows if row.number("standardised_rate") is not None), key=by_name),
        sorted((row for row in rows if row.number("standardised_rate") is None), key=by_name),
    )
    placed.sort(key=by_name)
    return Groups(
        group_id,
        funnel_title(context, metric, dimension, rows),
        context.say(
            N_(
                "{measure}, made comparable by channel, topic and priority, {period}; band: what chance "
                "explains (99.8%); dashed line: everyone"
            ),
            measure=words.metric(metric, "title"),
            period=context.formats.quarter(period or context.edition.start),
        )
        + rest,
        words.term("dimension", dimension),
        words.gettext(N_("Comparable")),
        tuple(
            GroupRow(
                category(context, dimension, name_of(row)),
                printer.number(metric, row, "standardised_rate"),
                printer.count(metric, row),
                None
                if (value := row.number("standardised_rate")) is None
                else whisker(
                    value,
                    row.number("funnel_low_998"),
                    row.number("funnel_high_998"),
                    row.number("company_rate"),
                    start,
                    end,
                ),
                staff_words(context, row),
                row.text("publish_status") != "ok",
                printer.number(metric, row, "rate"),
            )
            for row in placed
        ),
        Table(
            group_id,
            words.metric(metric, "title"),
            [
                words.term("dimension", dimension),
                words.gettext(N_("Comparable")),
                words.gettext(N_("Limit from")),
                words.gettext(N_("to")),
                words.gettext(N_("As counted")),
                words.gettext(N_("Drawn to everyone")),
                words.gettext(N_("95% from")),
                words.gettext(N_("to")),
                words.gettext(N_("Base")),
                words.gettext(N_("Note")),
            ],
            [
                [
                    category(context, dimension, name_of(row)),
                    *(
                        printer.number(metric, row, column) or dash
                        for column in (
                            "standardised_rate",
                            "funnel_low_998",
                            "funnel_high_998",
                            "rate",
                            "shrunk_rate",
                            "shrunk_ci_low",
                            "shrunk_ci_high",
                        )
                    ),
                    printer.count(metric, row) or dash,
                    Cell(staff_words(context, row), muted=True),
                ]
                for row in rows
            ],
        ),
        counted_heading=words.gettext(N_("As counted")),
    )


def staff_words(context: Context, row: Row) -> str:
    """Why a team has no number: only a small base hides one here, and larger ones than elsewhere."""
    if row.text("publish_status") != "ok":
        return context.words.gettext(N_("too few to judge"))
    return (
        "" if row.number("standardised_rate") is not None else context.words.gettext(N_("cannot be compared"))
    )


def funnel_title(context: Context, metric: str, dimension: str, rows: Sequence[Row]) -> Markup:
    """Which teams lie outside their limits, by the mart's own status."""
    measure = context.words.metric(metric, "title")
    judged = [row for row in rows if row.text("publish_status") == "ok"]
    if not judged:
        return context.say(N_("{measure}: too few cases to compare"), measure=measure)
    outside = [row for row in judged if row.text("status") in ("above", "below")]
    if not outside:
        return context.say(N_("{measure}: all within what chance explains"), measure=measure)
    return context.say(
        N_("{measure}: outside what chance explains: {names}"),
        measure=measure,
        names=context.formats.list([category(context, dimension, name_of(row)) for row in outside]),
    )


def is_comparable(one: Breakdown) -> bool:
    """Whether there are groups with a name, more than one, and a value to show."""
    return (
        len(one.rows) > 1
        and any(row.text("dimension_value") != "unknown" for row in one.rows)
        and any(row.number("value") is not None for row in one.rows)
    )


def build(context: Context) -> dict[str, Any]:
    """Everything that the page on teams places."""
    sections = [
        {"id": dimension, "question": context.words.gettext(QUESTIONS[dimension]), "groups": found}
        for dimension in DIMENSIONS
        if (found := groups(context, dimension))
    ]
    return {"heading": context.say(N_("Where does service need help?")), "sections": sections}
