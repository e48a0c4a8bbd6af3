"""Would customers recommend us: composition of the NPS and its groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.charts import HALF
from reports.figures.measures import RELATIONAL_FIRST, Measure, State, choose, series
from reports.figures.subjects import Breakdown, class_shares, mix_effects, nps_compositions, nps_groups
from reports.figures.voice import THEMES
from reports.glyphs import Part, parts
from reports.numbers import Number
from reports.pages.drivers import theme_drivers
from reports.pages.groups import Groups, dimension_title, group_table
from reports.pages.parts import Cell, Context, Figure, Table, status_words
from reports.pages.trends import measure_figure
from reports.release import Row
from reports.words import N_


@dataclass(frozen=True)
class CompositionRow:
    """Detractors, passives and promoters of one month as a bar."""

    label: str
    nps: Markup
    pieces: tuple[tuple[str, str, Number, Part], ...]
    words: Markup | None


def compositions(context: Context, programme: str, metric: str) -> tuple[CompositionRow, ...]:
    """The months worth comparing: this one, the one before and a year before; absent months are left out."""
    found = []
    for month, row in nps_compositions(context.release, programme, context.edition):
        if row is None:
            continue
        label = context.formats.period(month)
        value = context.printer.number(metric, row, "nps")
        if row.text("publish_status") == "suppressed" or value is None:
            found.append(CompositionRow(label, Markup(""), (), context.say(N_("too few to be shown"))))
            continue
        pieces = composition_pieces(
            context, row, class_shares(context.release, programme, context.edition, month)
        )
        nps = context.say(
            N_("NPS {value} · n = {base}"), value=value, base=context.printer.count(metric, row)
        )
        found.append(CompositionRow(label, nps, pieces, None))
    return tuple(found)


def composition_pieces(
    context: Context, row: Row, shares: Mapping[str, Row]
) -> tuple[tuple[str, str, Number, Part], ...]:
    """The three classes of a bar: tone, name, share (count where none is published), geometry."""
    names = {
        "detractors": context.words.gettext(N_("Detractors 0–6")),
        "passives": context.words.gettext(N_("Passives 7–8")),
        "promoters": context.words.gettext(N_("Promoters 9–10")),
    }
    counts = {
        name: context.printer.count(metric, row, name)
        for name, metric in (
            ("detractors", "nps_detractor_share"),
            ("passives", "nps_passive_share"),
            ("promoters", "nps_promoter_share"),
        )
    }
    known = {name: number for name, number in counts.items() if number is not None}
    geometry = parts([number.value for number in known.values()])
    tones = {"detractors": "det", "passives": "pas", "promoters": "pro"}
    printed = {
        name: context.printer.number(number.metric, shares[number.metric], "value")
        if number.metric in shares
        else number
        for name, number in known.items()
    }
    return tuple(
        (tones[name], names[name], printed[name] or number, part)
        for (name, number), part in zip(known.items(), geometry, strict=True)
    )


def composition_title(context: Context, measure: Measure) -> Markup:
    """What the composition says; only the sign of the balance, since its parts carry no test."""
    row = measure.current
    value = None if row is None else row.number("value")
    if value is None or measure.state is State.SUPPRESSED:
        return context.say(N_("Who recommends us"))
    if value > 0:
        return context.say(N_("More promoters than detractors"))
    if value < 0:
        return context.say(N_("More detractors than promoters"))
    return context.say(N_("As many promoters as detractors"))


def groups(context: Context, programme: str, metric: str) -> list[Groups]:
    """Every breakdown of the NPS with a group to judge, as dots with intervals against the whole."""
    return [
        group_table(
            context,
            one,
            metric,
            column="nps",
            group_id=f"nps-{programme}-by-{one.dimension}",
            title=dimension_title,
        )
        for one in nps_groups(context.release, programme, context.edition)
        if is_judged(one)
    ]


def is_judged(one: Breakdown) -> bool:
    """Whether a breakdown has a group that is large enough to judge."""
    return any(row.text("publish_status") == "ok" for row in one.rows)


def too_small(context: Context, programme: str) -> Markup | None:
    """The breakdowns that are left out because none of their groups is large enough."""
    left = [one for one in nps_groups(context.release, programme, context.edition) if not is_judged(one)]
    if not left:
        return None
    return context.say(
        N_("Too few answers to compare groups by: {dimensions}."),
        dimensions=context.formats.list([context.words.term("dimension", one.dimension) for one in left]),
    )


RESPONSE = "survey_response_rate"


def response_figure(context: Context, programme: str, number: int) -> Figure | None:
    """The share of those asked who answered; none where nobody was invited."""
    measure = choose(context.release, (RESPONSE,), (programme,), context.edition)
    if not measure.rows:
        return None
    return measure_figure(
        context,
        measure,
        figure_id=f"f-response-{programme}",
        number=number,
        height=220,
        width=HALF,
        empty=N_("Nobody was asked yet."),
    )


def mix_table(context: Context, measure: Measure) -> Table | None:
    """How much of the change of the NPS comes from who answered, by breakdown."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    rows = mix_effects(context.release, measure.metric, measure.programme, context.edition)
    if not rows:
        return None
    return Table(
        f"mix-{measure.programme}",
        words.gettext(
            N_(
                "Change of the NPS since the period before, in points: what the groups’ own answers did, "
                "what their shares did, and both at once"
            )
        ),
        [
            words.gettext(N_("Breakdown")),
            words.gettext(N_("Change")),
            words.gettext(N_("Answers")),
            words.gettext(N_("Shares")),
            words.gettext(N_("Both")),
            words.gettext(N_("Base")),
            words.gettext(N_("Note")),
        ],
        [
            [
                words.term("dimension", row.text("dimension")),
                *(
                    printer.difference(measure.metric, row, column) or dash
                    for column in ("change", "rate_effect", "mix_effect", "interaction_effect")
                ),
                printer.count(measure.metric, row) or dash,
                Cell(status_words(context, row), muted=True),
            ]
            for row in rows
        ],
    )


def build(context: Context) -> dict[str, Any]:
    """Everything that the NPS page places: each programme with data on its own, never pooled."""
    first = choose(context.release, ("nps_rel", "nps_txn"), RELATIONAL_FIRST, context.edition)
    measures = [first]
    for metric, programme in (("nps_rel", "relational"), ("nps_txn", "transactional"), ("nps_rel", "study")):
        rows = series(context.release, metric, programme, context.edition)
        if rows and (metric, programme) != (first.metric, first.programme):
            measures.append(Measure(metric, programme, context.edition, rows))
    programmes = []
    number = 0
    for measure in measures:
        number += 1
        figure = measure_figure(
            context,
            measure,
            figure_id=f"f-nps-{measure.programme}",
            number=number,
            empty=N_("No answers to “Would you recommend us?” yet."),
        )
        response = response_figure(context, measure.programme, number + 1)
        number += response is not None
        programmes.append(
            {
                "name": context.words.term("programme", measure.programme),
                "figure": figure,
                "compositions": compositions(context, measure.programme, measure.metric),
                "composition_title": composition_title(context, measure),
                "groups": groups(context, measure.programme, measure.metric),
                "too_small": too_small(context, measure.programme),
                "response": response,
                "mix": mix_table(context, measure),
            }
        )
    return {
        "heading": context.say(N_("Would customers recommend us?")),
        "programmes": programmes,
        "drivers": theme_drivers(context),
        "is_voiced": context.release.any(THEMES, context.edition.whole(source="survey")),
    }
