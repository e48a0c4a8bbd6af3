"""What satisfaction is made of: where to invest, which group is least satisfied, what goes with the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.charts import Dot, Matrix, draw, matrix
from reports.figures.subjects import (
    AttributeGrid,
    Attributes,
    attribute_grid,
    attributes,
    derived_importance,
)
from reports.glyphs import whisker
from reports.numbers import Number, text_of
from reports.pages.groups import GroupRow, Groups
from reports.pages.parts import Cell, Context, Figure, Table, category, status_words
from reports.release import Row
from reports.words import N_

METRIC = "csi"
STATED, DERIVED = "imp_stated", "imp_johnson"
FIGURE = "f-matrix"
MOST_DOTS = 20
# With fewer attributes the lines lie within them and a picture says less than the table.
LEAST_DOTS = 4
TONES = {"concentrate": "s3", "keep": "accent"}
UNDECIDED = "undetermined"


@dataclass(frozen=True)
class Place:
    """An attribute in the key of the matrix."""

    name: str
    satisfaction: Number | None
    importance: Number | None
    words: str
    weak: bool


@dataclass(frozen=True)
class Investing:
    """The matrix and the key to its numbers."""

    figure: Figure
    key: tuple[Place, ...]


def name_of(context: Context, row: Row) -> str:
    """An attribute in words."""
    return context.words.term("attribute", row.text("attribute"))


def investing(context: Context, number: int) -> Investing | None:
    """Where to invest: stated importance against satisfaction."""
    found = attributes(context.release, context.edition)
    if found is None:
        return None
    words = context.words
    title = matrix_title(context, found)
    subtitle = context.say(
        N_(
            "Stated importance by satisfaction, both 0–100 with 95% CI, {period}; "
            "lines: the average of the attributes"
        ),
        period=context.period(found.period),
    )
    shown = found.rows[:MOST_DOTS]
    dots = [dot for place, row in enumerate(shown, start=1) if (dot := dot_of(context, place, row))]
    cut = next(
        (
            (x, y)
            for row in shown
            if (x := row.number("satisfaction_cut")) is not None
            and (y := row.number("importance_cut")) is not None
        ),
        None,
    )
    drawing = None
    if cut is not None and len(dots) >= LEAST_DOTS:
        drawn = Matrix(
            dots,
            cut,
            (words.gettext(N_("Satisfaction, 0–100")), words.gettext(N_("Stated importance, 0–100"))),
            (
                words.term("quadrant", "concentrate"),
                words.term("quadrant", "keep"),
                words.term("quadrant", "low_priority"),
                words.term("quadrant", "possible_overkill"),
            ),
            lambda value: context.formats.number(value),
        )
        drawing = draw(
            lambda width: matrix(drawn, width),
            FIGURE,
            description=words.gettext(
                N_("Numbered dots: importance of the attributes against satisfaction with them. {finding}")
            ).format(finding=text_of(title)),
            labelled_by=f"{FIGURE}-h",
        )
    figure = Figure(
        FIGURE,
        number,
        title,
        text_of(subtitle),
        drawing=drawing,
        note=context.say(
            N_(
                "Bars: intervals. Hollow: an interval crosses a line, so which side the attribute is on "
                "is not decided. The period is the one that decides most."
            )
        )
        if drawing is not None
        else None,
        empty=context.say(N_("Too few attributes to draw: the table says it all.")),
        table=matrix_table(context, found.rows),
    )
    return Investing(
        figure,
        tuple(
            Place(
                name_of(context, row),
                context.printer.number(METRIC, row, "satisfaction"),
                context.printer.number(METRIC, row, "importance_stated"),
                what_to_do(context, row),
                row.text("publish_status") != "ok" or row.text("quadrant") not in TONES,
            )
            for row in shown
        ),
    )


def what_to_do(context: Context, row: Row) -> str:
    """The quadrant in words, or why there is none."""
    quadrant = row.text("quadrant")
    return context.words.term("quadrant", quadrant) if quadrant else status_words(context, row)


def matrix_title(context: Context, found: Attributes) -> Markup:
    """What to improve first, or that nothing stands out."""
    first = [name_of(context, row) for row in found.rows if row.text("quadrant") == "concentrate"]
    if not first:
        return context.say(N_("No important attribute lies clearly below average"))
    return context.say(
        N_("Important and below average: {attributes}"), attributes=context.formats.list(first[:3])
    )


def dot_of(context: Context, place: int, row: Row) -> Dot | None:
    """An attribute's dot; none where one of its two numbers may not be shown."""
    x, y = row.number("satisfaction"), row.number("importance_stated")
    if x is None or y is None:
        return None
    quadrant = row.text("quadrant")
    return Dot(
        context.formats.number(place),
        x,
        y,
        (row.number("ci_low"), row.number("ci_high")),
        (row.number("importance_ci_low"), row.number("importance_ci_high")),
        TONES.get(quadrant, "muted"),
        text_of(
            context.say(
                N_("{attribute}: satisfaction {satisfaction}, importance {importance} – {words}"),
                attribute=name_of(context, row),
                satisfaction=str(context.printer.number(METRIC, row, "satisfaction")),
                importance=str(context.printer.number(METRIC, row, "importance_stated")),
                words=what_to_do(context, row),
            )
        ),
        is_hollow=quadrant in (UNDECIDED, ""),
    )


def matrix_table(context: Context, rows: Sequence[Row]) -> Table:
    """Every attribute with both intervals, gap and base."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        FIGURE,
        words.gettext(N_("Attributes of the satisfaction index")),
        [
            words.gettext(N_("Attribute")),
            words.gettext(N_("Satisfaction")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Importance")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Importance minus satisfaction")),
            words.gettext(N_("Base")),
            words.gettext(N_("What to do")),
        ],
        [
            [
                name_of(context, row),
                *(
                    printer.number(METRIC, row, column) or dash
                    for column in (
                        "satisfaction",
                        "ci_low",
                        "ci_high",
                        "importance_stated",
                        "importance_ci_low",
                        "importance_ci_high",
                        "gap",
                    )
                ),
                printer.count(METRIC, row) or dash,
                what_to_do(context, row),
            ]
            for row in rows
        ],
        words=(9,),
    )


def drivers(context: Context) -> Groups | None:
    """What goes with overall satisfaction: Johnson's weights with their intervals."""
    found = derived_importance(context.release, context.edition)
    if found is None:
        return None
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    ends = [
        end
        for row in found.rows
        for end in (row.number("johnson_ci_low"), row.number("johnson_ci_high"), row.number("imp_johnson"))
        if end is not None
    ]
    start, end = min(ends), max(ends)
    first = next((row for row in found.rows if row.number("johnson_rank") == 1), None)
    title = (
        context.say(N_("No attribute goes with overall satisfaction more closely than all others"))
        if first is None
        else context.say(
            N_("Goes most closely with overall satisfaction: {attribute}"), attribute=name_of(context, first)
        )
    )
    explained = printer.percent(DERIVED, found.rows[0], "r_squared")
    return Groups(
        "drivers",
        title,
        context.say(
            N_(
                "Share of each attribute in what the attributes explain of overall satisfaction "
                "({explained}) with 95% CI, {period}; goes with it, not necessarily causes it"
            ),
            explained=explained or "–",
            period=context.period(found.period),
        ),
        words.gettext(N_("Attribute")),
        words.gettext(N_("Weight")),
        tuple(
            GroupRow(
                name_of(context, row),
                printer.percent(DERIVED, row, "imp_johnson"),
                printer.count(DERIVED, row),
                None
                if (value := row.number("imp_johnson")) is None
                else whisker(
                    value, row.number("johnson_ci_low"), row.number("johnson_ci_high"), None, start, end
                ),
                status_words(context, row),
                row.text("publish_status") != "ok",
            )
            for row in found.rows
        ),
        Table(
            "drivers",
            words.gettext(N_("Weight of each attribute")),
            [
                words.gettext(N_("Attribute")),
                words.gettext(N_("Weight")),
                words.gettext(N_("95% from")),
                words.gettext(N_("to")),
                words.gettext(N_("Base")),
                words.gettext(N_("Note")),
            ],
            [
                [
                    name_of(context, row),
                    *(
                        printer.percent(DERIVED, row, column, 1) or dash
                        for column in ("imp_johnson", "johnson_ci_low", "johnson_ci_high")
                    ),
                    printer.count(DERIVED, row) or dash,
                    Cell(status_words(context, row), muted=True),
                ]
                for row in found.rows
            ],
        ),
    )


@dataclass(frozen=True)
class GridCell:
    """A cell of the grid: its number, the class of its colour, and words where there is no number."""

    number: Number | None
    tone: str
    words: str


@dataclass(frozen=True)
class Grid:
    """Attributes by the groups of a breakdown."""

    title: Markup
    subtitle: Markup
    heading: str
    groups: tuple[str, ...]
    rows: tuple[tuple[str, tuple[GridCell, ...]], ...]
    note: Markup
    table: Table


# Classes of colour by threshold on 0–100: a scale that interpolates could not follow the theme.
CLASSES = ((90.0, "c5"), (80.0, "c4"), (70.0, "c3"), (60.0, "c2"), (0.0, "c1"))


def grid(context: Context) -> Grid | None:
    """Where exactly: satisfaction with each attribute in each channel, or in another breakdown."""
    found = attribute_grid(context.release, context.edition)
    if found is None:
        return None
    rows = tuple(
        (
            context.words.term("attribute", attribute),
            tuple(grid_cell(context, found.cells.get((attribute, group))) for group in found.groups),
        )
        for attribute in found.attributes
    )
    subtitle = context.say(
        N_("Mean satisfaction, 0–100, {period}; columns: {dimension}"),
        period=context.period(found.period),
        dimension=context.words.term("dimension", found.dimension),
    )
    note = context.say(N_("Stronger colour: more satisfied. Hatched: fewer than 30 answers, not judged."))
    if found.only_channel:
        note = Markup(" ").join(
            (
                context.say(
                    N_("All answers came through one channel: {channel}."),
                    channel=category(context, "channel", found.only_channel),
                ),
                note,
            )
        )
    return Grid(
        grid_title(context, found),
        subtitle,
        context.words.gettext(N_("Attribute")),
        tuple(category(context, found.dimension, group) for group in found.groups),
        rows,
        note,
        grid_table(context, found),
    )


def grid_cell(context: Context, row: Row | None, column: str = "satisfaction") -> GridCell:
    """One cell; empty where nobody was asked."""
    if row is None:
        return GridCell(None, "", "")
    number = context.printer.number(METRIC, row, column)
    if number is None:
        return GridCell(None, "few", context.words.gettext(N_("n < 5")))
    if row.text("publish_status") != "ok":
        return GridCell(number, "few", "")
    return GridCell(number, next(tone for low, tone in CLASSES if number.value >= low), "")


def grid_title(context: Context, found: AttributeGrid) -> Markup:
    """The lowest cell among those with enough answers; the lowest of many is not a test."""
    judged = [
        (row.number("satisfaction") or 0.0, attribute, group)
        for (attribute, group), row in found.cells.items()
        if row.text("publish_status") == "ok" and group in found.groups
    ]
    if not judged:
        return context.say(N_("Too few answers to compare"))
    _, attribute, group = min(judged)
    row = found.cells[attribute, group]
    return context.say(
        N_("The lowest cell: {attribute}, {group} – {value}"),
        attribute=context.words.term("attribute", attribute),
        group=category(context, found.dimension, group),
        value=context.printer.number(METRIC, row, "satisfaction"),
    )


def grid_table(context: Context, found: AttributeGrid) -> Table:
    """Every cell with interval and base, for the file beside the page."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        "attribute-grid",
        words.gettext(N_("Satisfaction with each attribute by group")),
        [
            words.gettext(N_("Attribute")),
            words.term("dimension", found.dimension),
            words.gettext(N_("Satisfaction")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Base")),
            words.gettext(N_("Note")),
        ],
        [
            [
                words.term("attribute", attribute),
                category(context, found.dimension, group),
                *(
                    printer.number(METRIC, row, column) or dash
                    for column in ("satisfaction", "ci_low", "ci_high")
                ),
                printer.count(METRIC, row) or dash,
                Cell(status_words(context, row), muted=True),
            ]
            for (attribute, group), row in sorted(found.cells.items())
        ],
        words=(1,),
    )
