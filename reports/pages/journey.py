"""Where does it break: the scores of each stage of the customer's way, in the order of the way."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reports.charts import Bar, bars, draw
from reports.figures.journey import STEP_RATE, StageGrid, Steps, issues, stage_grid, steps
from reports.figures.measures import (
    COLUMNS,
    KEY,
    MART,
    RELATIONAL_FIRST,
    TRANSACTIONAL_FIRST,
    Edition,
    State,
    Tone,
)
from reports.figures.subjects import Breakdown, breakdown
from reports.glyphs import Whisker, whisker
from reports.numbers import text_of
from reports.pages.attributes import Grid, grid_cell
from reports.pages.groups import Groups, apart_title, group_table
from reports.pages.parts import Cell, Context, Figure, Table, category, status_words
from reports.registry import METRICS as METRICS_KNOWN
from reports.registry import VOCABULARY
from reports.release import Release, Row
from reports.sentences import BEYOND_CHANCE, CHANGE_WORDS
from reports.words import N_

# What a stage may be scored by, and whose answers speak first (CLARIFICATIONS D19).
SCORES = (
    ("nps_rel", ("relational", "study")),
    ("nps_txn", ("transactional",)),
    ("csi", RELATIONAL_FIRST[:3]),
    ("csat_t2b", TRANSACTIONAL_FIRST[:3]),
    ("ces_5", TRANSACTIONAL_FIRST[:3]),
    ("ces2_pct", TRANSACTIONAL_FIRST[:3]),
)
METRICS = tuple(metric for metric, _ in SCORES)
PLACES = ("stage", "touchpoint")
STEPS_FIGURE = "f-steps"
SWITCH_RATE = "channel_switch_rate"


def has_data(release: Release, edition: Edition) -> bool:
    """Whether any stage or touchpoint that has a name is scored; the marts cross no segments with stages."""
    if edition.segment is not None:
        return False
    rows = release.rows(MART, (), ("dimension_value",), {"metric": list(METRICS), "dimension": list(PLACES)})
    return (
        any(row.text("dimension_value") != "unknown" for row in rows) or steps(release, edition) is not None
    )


def found_scores(context: Context, place: str) -> list[tuple[str, str, Breakdown]]:
    """Every score of the stages (or touchpoints) with its programme, in its shortest reliable period."""
    found = []
    for metric, programmes in SCORES:
        for programme in programmes:
            own = {"metric": metric, "programme": programme}
            one = breakdown(context.release, MART, COLUMNS, KEY, place, context.edition, **own)
            if one is not None and named(one):
                found.append((metric, programme, one))
                break
    return found


def named(one: Breakdown) -> list[Row]:
    """The rows of the breakdown that say more than that nothing is known."""
    return [row for row in one.rows if row.text("dimension_value") != "unknown"]


def scores_table(context: Context, place: str) -> Table | None:
    """Each stage with its scores and how each changed, in the order of the way."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    order = {value: index for index, value in enumerate(VOCABULARY[place])}
    rows = [
        (order.get(row.text("dimension_value"), len(order)), row.text("dimension_value"), metric, one, row)
        for metric, _, one in found_scores(context, place)
        for row in named(one)
    ]
    if not rows:
        return None
    rows.sort(key=lambda found: (found[0], found[1], METRICS.index(found[2])))
    return Table(
        f"scores-by-{place}",
        words.gettext(
            N_(
                "Scores in the order of the journey, each compared with the period before; dots with their "
                "intervals on the whole scale of the measure"
            )
        ),
        [
            words.term("dimension", place),
            words.gettext(N_("Measure")),
            words.gettext(N_("Period")),
            words.gettext(N_("Value")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Base")),
            words.gettext(N_("Change")),
            words.gettext(N_("Note")),
        ],
        [
            [
                category(context, place, value),
                words.metric(metric, "title"),
                context.period(one.period),
                printer.number(metric, row, "value") or dash,
                printer.number(metric, row, "ci_low") or dash,
                printer.number(metric, row, "ci_high") or dash,
                printer.count(metric, row) or dash,
                printer.changed(metric, row) or dash,
                Cell(change_note(context, metric, row), muted=True),
            ]
            for _, value, metric, one, row in rows
        ],
        words=(1, 2, 8),
        glyphs=[on_its_scale(metric, row) for _, _, metric, _, row in rows],
    )


def on_its_scale(metric: str, row: Row) -> tuple[Whisker, bool] | None:
    """A score with its interval on the whole scale of its measure, grey where its base is small."""
    value, scale = row.number("value"), METRICS_KNOWN[metric].scale
    if value is None or scale is None:
        return None
    drawn = whisker(value, row.number("ci_low"), row.number("ci_high"), None, *scale)
    return drawn, row.text("publish_status") != "ok"


def change_note(context: Context, metric: str, row: Row) -> str:
    """Whether the change is more than chance, or why it cannot be told."""
    said = status_words(context, row)
    if said:
        return said
    signal = row.text("signal")
    if signal in ("up", "down"):
        better = (signal == "up") == (METRICS_KNOWN[metric].direction == "up")
        return context.words.gettext(BEYOND_CHANCE[Tone.GOOD if better else Tone.BAD])
    return context.words.gettext(CHANGE_WORDS[State.FLAT if signal == "none" else State.UNTESTED])


def compared(context: Context, place: str) -> list[Groups]:
    """The scores that more than one stage was asked for, side by side."""
    return [
        group_table(
            context,
            one,
            metric,
            group_id=f"{place}-{metric.replace('_', '-')}-{programme}",
            title=apart_title,
            order=tuple(VOCABULARY[place]),
        )
        for metric, programme, one in found_scores(context, place)
        if len(named(one)) > 1
    ]


def unasked(context: Context) -> str:
    """The stages of the way that no survey asks about, as a list; empty when there is none."""
    rows = context.release.rows(
        MART, (), ("dimension_value",), {"metric": list(METRICS), "dimension": "stage"}
    )
    asked = {row.text("dimension_value") for row in rows}
    known = context.release.rows("kpi_survey_funnel", (), ("dimension_value",), {"dimension": "stage"})
    silent = sorted({row.text("dimension_value") for row in known} - asked - {"unknown"})
    return context.formats.list([category(context, "stage", value) for value in silent]) if silent else ""


def goes_on(context: Context) -> Figure | None:
    """Who goes on from stage to stage: bars of the share that does, not the shape of a funnel."""
    found = steps(context.release, context.edition)
    if found is None:
        return None
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    title = steps_title(context, found)
    shown = [row for row in found.rows if row.number("value") is not None]
    items = [
        Bar(
            category(context, "stage", row.text("dimension_value")),
            row.number("value") or 0.0,
            str(printer.number(STEP_RATE, row, "value")),
            "accent" if row.text("publish_status") == "ok" else "bar2",
            f"{category(context, 'stage', row.text('dimension_value'))}: "
            f"{printer.number(STEP_RATE, row, 'value')}",
            (str(printer.count(STEP_RATE, row)),),
        )
        for row in shown
    ]
    drawing = draw(
        lambda width: bars(items, width, [words.gettext(N_("of"))]),
        STEPS_FIGURE,
        description=words.gettext(N_("Bar chart of the share that goes on to each stage. {finding}")).format(
            finding=text_of(title)
        ),
        labelled_by=f"{STEPS_FIGURE}-h",
    )
    return Figure(
        STEPS_FIGURE,
        1,
        title,
        text_of(
            context.say(
                N_("Share of those at the stage before who went on in time; entered in {period}"),
                period=context.period(found.period),
            )
        ),
        drawing=drawing if items else None,
        note=context.say(
            N_(
                "From the first stage to the last: {share} of {base}. "
                "Customers count once their time is over."
            ),
            share=printer.number(STEP_RATE, found.whole, "value") or "–",
            base=printer.count(STEP_RATE, found.whole) or "0",
        ),
        empty=context.say(N_("Too few customers set out to tell who goes on.")),
        table=Table(
            STEPS_FIGURE,
            words.gettext(N_("Each stage with those who went on to it")),
            [
                words.term("dimension", "stage"),
                words.gettext(N_("Went on")),
                words.gettext(N_("At the stage before")),
                words.gettext(N_("Share")),
                words.gettext(N_("95% from")),
                words.gettext(N_("to")),
                words.gettext(N_("Change")),
                words.gettext(N_("Note")),
            ],
            [
                [
                    category(context, "stage", row.text("dimension_value")),
                    printer.count(STEP_RATE, row, "numerator") or dash,
                    printer.count(STEP_RATE, row) or dash,
                    *(
                        printer.percent(STEP_RATE, row, column, 1) or dash
                        for column in ("value", "ci_low", "ci_high")
                    ),
                    printer.changed(STEP_RATE, row) or dash,
                    Cell(change_note(context, STEP_RATE, row), muted=True),
                ]
                for row in found.rows
            ],
            words=(7,),
        ),
    )


def steps_title(context: Context, found: Steps) -> Markup:
    """Where the way loses most; the lowest of several is not a test."""
    judged = [row for row in found.rows if row.text("publish_status") == "ok"]
    if not judged:
        return context.say(N_("Too few customers to tell where the way loses them"))
    lowest = min(judged, key=lambda row: (row.number("value") or 0.0, row.text("dimension_value")))
    return context.say(
        N_("The way loses most before the stage “{stage}”: {share} go on to it"),
        stage=category(context, "stage", lowest.text("dimension_value")),
        share=context.printer.number(STEP_RATE, lowest, "value"),
    )


def channels_grid(context: Context) -> Grid | None:
    """Which stage in which channel: the mean answer in each cell."""
    found = stage_grid(context.release, context.edition)
    if found is None:
        return None
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    asked = words.term("asked", found.metric)
    rows = tuple(
        (
            category(context, "stage", stage),
            tuple(
                grid_cell(context, found.cells.get((stage, channel)), "score") for channel in found.channels
            ),
        )
        for stage in found.stages
    )
    return Grid(
        grid_title(context, found),
        context.say(
            N_("{question}, mean answer from 0 to 100 after an interaction, {period}; columns: channel"),
            question=asked,
            period=context.period(found.period),
        ),
        words.term("dimension", "stage"),
        tuple(channel_name(context, channel) for channel in found.channels),
        rows,
        context.say(N_("Stronger colour: more satisfied. Hatched: fewer than 30 answers, not judged.")),
        Table(
            "stage-channels",
            words.gettext(N_("Each stage and channel, compared with the whole way")),
            [
                words.term("dimension", "stage"),
                words.term("dimension", "channel"),
                words.gettext(N_("Value")),
                words.gettext(N_("95% from")),
                words.gettext(N_("to")),
                words.gettext(N_("From the whole way")),
                words.gettext(N_("Base")),
                words.gettext(N_("Note")),
            ],
            [
                [
                    category(context, "stage", stage),
                    channel_name(context, channel),
                    *(
                        printer.number("csi", row, column) or dash
                        for column in ("score", "ci_low", "ci_high")
                    ),
                    printer.difference("csi", row, "stage_gap") or dash,
                    printer.count("csi", row) or dash,
                    Cell(status_words(context, row), muted=True),
                ]
                for (stage, channel), row in sorted(found.cells.items())
            ],
            words=(7,),
        ),
    )


def channel_name(context: Context, channel: str) -> str:
    """A channel in words, or that all of them are meant."""
    return (
        context.words.term("dimension", "total")
        if channel == "total"
        else category(context, "channel", channel)
    )


def grid_title(context: Context, found: StageGrid) -> Markup:
    """The weakest cell where it is below the whole way beyond chance, by the mart's own test."""
    weakest = [key for key, row in found.cells.items() if row.flag("is_weakest") and key[1] != "total"]
    if not weakest:
        return context.say(N_("No stage stands below the others in any channel, beyond chance"))
    stage, channel = min(weakest)
    row = found.cells[stage, channel]
    return context.say(
        N_("Weakest, beyond chance: {stage}, {channel} – {value}, {gap} from the whole way"),
        stage=category(context, "stage", stage),
        channel=channel_name(context, channel),
        value=context.printer.number("csi", row, "score"),
        gap=context.printer.difference("csi", row, "stage_gap"),
    )


def switches(context: Context) -> Groups | None:
    """Which topics make customers change the channel."""
    found = breakdown(context.release, MART, COLUMNS, KEY, "topic", context.edition, metric=SWITCH_RATE)
    if found is None:
        return None
    return group_table(context, found, SWITCH_RATE, group_id="switches-by-topic", title=apart_title)


def issues_words(context: Context) -> Markup | None:
    """How many contacts an issue takes, and how many issues change the channel."""
    found = issues(context.release, context.edition)
    if found is None:
        return None
    period, row = found
    contacts = row.number("contacts_per_issue")
    if contacts is None:
        return None
    return context.say(
        N_(
            "{share} of {base} issues went through more than one channel ({period}); "
            "contacts per issue: {contacts}."
        ),
        share=context.printer.percent(SWITCH_RATE, row, "channel_switch_rate", 1),
        base=context.printer.count(SWITCH_RATE, row),
        period=context.period(period),
        contacts=context.printer.make(
            context.formats.number(contacts, 2), SWITCH_RATE, row, "contacts_per_issue", contacts
        ),
    )


def build(context: Context) -> dict[str, Any]:
    """Everything that the journey page places."""
    silent = unasked(context)
    return {
        "heading": context.say(N_("Where does the customer journey break?")),
        "stages": scores_table(context, "stage"),
        "stage_groups": compared(context, "stage"),
        "touchpoints": scores_table(context, "touchpoint"),
        "touchpoint_groups": compared(context, "touchpoint"),
        "steps": goes_on(context),
        "grid": channels_grid(context),
        "switches": switches(context),
        "issues": issues_words(context),
        "silent": context.say(N_("Surveyed, but without a score: {stages}."), stages=silent)
        if silent
        else None,
    }
