"""What pages are made of: cards, figures, tables and the context they are written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from reports.figures.measures import Edition, Measure, State, Target, Tone
from reports.figures.subjects import Period
from reports.formats import Formats
from reports.glyphs import Bullet, Spark, Whisker, bullet, spark
from reports.numbers import Number, Printer, say
from reports.registry import METRICS
from reports.release import Release, Row
from reports.sentences import TARGET_WORDS, UNSURE_TARGET_WORDS, change_words
from reports.words import N_, Words


@dataclass(frozen=True)
class Context:
    """A page's language, release and edition."""

    release: Release
    words: Words
    formats: Formats
    printer: Printer
    edition: Edition
    reason_labels: Mapping[str, str] = field(default_factory=dict)

    def say(self, message: str, **parts: object) -> Markup:
        """A translated sentence."""
        return say(self.words.gettext(message), **parts)

    def reason(self, code: str) -> str:
        """A reason for leaving, as the release's own taxonomy calls it in this language."""
        return self.reason_labels.get(code) or self.words.term("reason", code)

    @property
    def now(self) -> str:
        """The period reported, in words."""
        return self.formats.period(self.edition.start)

    def short(self, row: Row) -> str:
        """The period of a row in short."""
        return self.formats.short_period(row.date("period_start") or self.edition.start)

    def period(self, period: Period) -> str:
        """A period in words."""
        match period.grain:
            case "month":
                return self.formats.month(period.start)
            case "quarter":
                return self.formats.quarter(period.start)
            case "year":
                return self.formats.year(period.start)
        return self.words.gettext(N_("all months so far"))


@dataclass(frozen=True)
class Cell:
    """A table cell: what it shows, and whether it is quieter than the rest."""

    content: object
    muted: bool = False


@dataclass(frozen=True)
class Table:
    """A table beneath a figure: newest or greatest first, full precision in the attributes.

    Its id names the file that holds its data beside the page.
    """

    id: str
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    is_text: bool = False
    # Columns of words among numbers, by their place: they stand at the left.
    words: Sequence[int] = ()
    # A dot with its interval at the end of each row, and whether it is grey; the page's only, not the file's.
    glyphs: Sequence[tuple[Whisker, bool] | None] = ()


@dataclass(frozen=True)
class Figure:
    """A figure: its finding as the title, its statistics as the subtitle, its drawing and its table."""

    id: str
    number: int
    title: Markup
    subtitle: str
    drawing: Markup | None = None
    note: Markup | None = None
    table: Table | None = None
    empty: Markup | None = None


@dataclass(frozen=True)
class Card:
    """A measure of the first screen."""

    id: str
    title: str
    definition: str
    state: str
    value: Number | None
    value_words: str
    facts: tuple[Markup, ...]
    arrow: str
    tone: str
    change: Markup | None
    change_words: str
    target: Markup | None
    target_tone: str
    bullet: Bullet | None
    spark: Spark | None
    spark_ends: tuple[str, str] = ("", "")
    metric: str = ""
    address: str = ""
    # How many checks about it did not pass, in words.
    doubt: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page under one question."""

    id: str
    title: str
    figures: Sequence[Figure] = ()
    aside: Sequence[object] = field(default_factory=tuple)


ARROWS = {State.ROSE: "up", State.FELL: "down"}


def interval(context: Context, metric: str, row: Row) -> Markup | None:
    """The 95 % interval in words, one end possibly open."""
    low = context.printer.number(metric, row, "ci_low")
    high = context.printer.number(metric, row, "ci_high")
    if low is not None and high is not None:
        return context.say(N_("95% CI {low} to {high}"), low=low, high=high)
    if low is not None:
        return context.say(N_("95% CI from {low}, no upper end"), low=low)
    if high is not None:
        return context.say(N_("95% CI up to {high}"), high=high)
    return None


def base_words(context: Context, metric: str, row: Row) -> Markup:
    """The base of a value."""
    return context.say(N_("n = {base}"), base=context.printer.count(metric, row) or "0")


def card(context: Context, card_id: str, measure: Measure, doubts: int = 0) -> Card:
    """The card of a measure, by its state; `doubts` is how many checks about it did not pass."""
    metric, row = measure.metric, measure.current
    known = METRICS[metric]
    context = replace(context, printer=context.printer.within(row))
    formats, printer, words = context.formats, context.printer, context.words
    facts: list[Markup] = []
    value = None if row is None else printer.number(metric, row, "value")
    shown = value is not None and measure.state not in (State.SUPPRESSED, State.NOT_ESTIMABLE, State.NO_DATA)
    if row is not None and shown:
        found = interval(context, metric, row)
        if found is not None:
            facts.append(found)
        elif known.unit != "count":
            facts.append(context.say(N_("no interval published")))
        facts.append(base_words(context, metric, row))
        if measure.period != measure.edition.start:
            facts.append(
                context.say(N_("latest complete period: {month}"), month=formats.period(measure.period))
            )
    elif row is not None and measure.state is State.SUPPRESSED:
        facts.append(
            context.say(N_("a base of {base}; too few to be shown"), base=printer.count(metric, row) or "0")
        )
    elif row is not None and measure.state is State.NOT_ESTIMABLE:
        facts.append(context.say(N_("not reached: too many cases are still waiting")))
        facts.append(base_words(context, metric, row))
    else:
        facts.extend(no_data_facts(context, measure))
    change = target = None
    target_tone = "none"
    if row is not None and shown:
        amount = row.number("change")
        if amount is not None and measure.state in (State.ROSE, State.FELL, State.FLAT, State.UNTESTED):
            change = context.say(
                N_("{change} on {month}"),
                change=printer.make(printer.change(metric, amount), metric, row, "change", amount),
                month=formats.short_period(measure.previous_period),
            )
        target_value = printer.number(metric, row, "target") if measure.has_target else None
        if target_value is None:
            target = context.say(N_("no target set"))
        elif measure.target is Target.NONE:
            target = context.say(N_("target {target}"), target=target_value)
        else:
            said = TARGET_WORDS if measure.is_target_sure else UNSURE_TARGET_WORDS
            target = context.say(said[measure.target], target=target_value)
            target_tone = measure.target.value
    edition = measure.edition
    # The line ends where the card's value is: what came later still waits for its outcomes.
    starts = [edition.back(back, measure.period) for back in range(edition.card - 1, -1, -1)]
    by_start = {r.date("period_start"): r.number("value") for r in measure.rows}
    history = [by_start.get(start) for start in starts]
    drawn = spark(history) if measure.state is not State.SUPPRESSED else None
    return Card(
        id=card_id,
        title=words.metric(metric, "title"),
        definition=words.metric(metric, "definition"),
        state=measure.state.value,
        value=value if shown else None,
        value_words=words.gettext(N_("not shown"))
        if measure.state is State.SUPPRESSED
        else words.gettext(N_("not reached"))
        if measure.state is State.NOT_ESTIMABLE
        else words.gettext(N_("no data")),
        facts=tuple(facts),
        arrow=ARROWS.get(measure.state, "flat") if shown and measure.state is not State.LOW_BASE else "",
        tone=measure.tone.value,
        change=change,
        change_words=change_words(measure, printer) if shown else "",
        target=target,
        target_tone=target_tone,
        bullet=make_bullet(measure, row, [v for v in history if v is not None])
        if row is not None and shown and measure.state not in (State.LOW_BASE, State.IMMATURE)
        else None,
        spark=drawn,
        metric=metric,
        address="" if row is None else row.source.address,
        spark_ends=(formats.short_period(starts[0]), formats.short_period(starts[-1])),
        doubt=words.ngettext("{count} check did not pass", "{count} checks did not pass", doubts).format(
            count=formats.number(doubts)
        )
        if doubts
        else "",
    )


def no_data_facts(context: Context, measure: Measure) -> list[Markup]:
    """Why a card has no number: never measured, or not in this period, with its last known value."""
    last = measure.last_known
    if not measure.rows:
        return [context.say(N_("this release has no data for it"))]
    found = [context.say(N_("nothing in {month}"), month=context.now)]
    if last is not None:
        found.append(
            context.say(
                N_("last value {value}, {month}"),
                value=context.printer.number(measure.metric, last, "value"),
                month=context.short(last),
            )
        )
    return found


def make_bullet(measure: Measure, row: Row, history: Sequence[float]) -> Bullet | None:
    """The bullet of a card."""
    value = row.number("value")
    if value is None:
        return None
    known = METRICS[measure.metric]
    return bullet(
        value,
        row.number("ci_low"),
        row.number("ci_high"),
        row.number("target") if measure.has_target else None,
        direction=known.direction,
        scale=known.scale,
        history=history,
    )


TONE_TOKEN = {Tone.GOOD: "good", Tone.BAD: "bad", Tone.NEUTRAL: "muted"}
# A base this large is hidden only so that a smaller group cannot be had by subtraction (METRICS §0.4).
SMALLEST_SHOWN = 5
HIDDEN_FOR_ANOTHER = N_("hidden to protect a smaller group")
STATUS_WORDS = {
    "low_base": N_("small base"),
    "suppressed": N_("too few to be shown"),
    "immature": N_("to date"),
    "not_estimable": N_("not reached"),
}


def status_words(context: Context, row: Row) -> str:
    """A publish status in words, empty when nothing is to be said."""
    if row.text("publish_status") == "suppressed" and (row.number("base") or 0.0) >= SMALLEST_SHOWN:
        return context.words.gettext(HIDDEN_FOR_ANOTHER)
    found = STATUS_WORDS.get(row.text("publish_status"))
    return "" if found is None else context.words.gettext(found)


def category(context: Context, dimension: str, value: str) -> str:
    """A category of a breakdown in words."""
    if value in ("unknown", "total"):
        return context.words.term("category", value)
    if dimension == "language":
        name = context.formats.language_name(value)
        return name[:1].upper() + name[1:]
    return context.words.term(dimension, value)
