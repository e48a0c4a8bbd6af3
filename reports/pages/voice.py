"""What do they say: themes, tone, verbatims, and whether the unhappy hear from us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.charts import Bar, bars, draw
from reports.figures.measures import RELATIONAL_FIRST, Edition, Tone, choose
from reports.figures.voice import (
    SOURCES,
    Quote,
    Themes,
    disliked,
    has_voice,
    quotes,
    themes,
)
from reports.numbers import Number, text_of
from reports.pages.loop import panel
from reports.pages.parts import Cell, Context, Figure, Table, status_words
from reports.pages.trends import measure_figure
from reports.release import Release, Row
from reports.sentences import BEYOND_CHANCE
from reports.words import N_

METRIC = "theme_share"
MOST_THEMES = 12
MOST_LETTERS = 280


def has_data(release: Release, edition: Edition) -> bool:
    """Whether there is a text or a case."""
    return has_voice(release, edition)


def theme_name(context: Context, row: Row) -> str:
    """A theme in words."""
    return context.words.term("theme", row.text("theme"))


SOURCE_SUBTITLES = {
    "survey": N_("Comments in surveys by theme, {period}: number, share of texts; liked and disliked"),
    "review": N_("Reviews by theme, {period}: number, share of texts; liked and disliked"),
    "mention": N_("Mentions elsewhere by theme, {period}: number, share of texts; liked and disliked"),
}


SOURCE_TITLES = {
    "survey": N_("Named most in comments: {theme}, in {share} of the texts"),
    "review": N_("Named most in reviews: {theme}, in {share} of the texts"),
    "mention": N_("Named most elsewhere: {theme}, in {share} of the texts"),
}


def themes_figure(context: Context, found: Themes, number: int) -> Figure:
    """The themes of one source as bars, most named first."""
    words, printer = context.words, context.printer
    figure_id = f"f-themes-{found.source}"
    # A theme that was named before and is not now stands in the table: it has no bar.
    shown = [row for row in found.rows if row.number("named")]
    subtitle = context.say(SOURCE_SUBTITLES[found.source], period=context.period(found.period))
    if not shown:
        return Figure(
            figure_id,
            number,
            context.say(N_("No theme was recognised")),
            text_of(subtitle),
            empty=context.say(N_("The texts name none of the themes of the dictionary.")),
        )
    title = themes_title(context, found, shown)
    items = [
        Bar(
            theme_name(context, row),
            row.number("named") or 0.0,
            str(printer.count(METRIC, row, "named")),
            "accent" if row.text("publish_status") == "ok" else "bar2",
            f"{theme_name(context, row)}: {printer.percent(METRIC, row, 'theme_share')}",
            tuple(
                str(printer.count(METRIC, row, column) or "–")
                if column != "theme_share"
                else str(printer.percent(METRIC, row, column) or "–")
                for column in ("theme_share", "liked", "disliked")
            ),
        )
        for row in shown[:MOST_THEMES]
    ]
    headings = [words.gettext(text) for text in (N_("share"), N_("liked"), N_("disl."))]
    svg = draw(
        lambda width: bars(items, width, headings),
        figure_id,
        description=words.gettext(N_("Bar chart of themes, most named first. {finding}")).format(
            finding=text_of(title)
        ),
        labelled_by=f"{figure_id}-h",
    )
    return Figure(
        figure_id,
        number,
        title,
        text_of(subtitle),
        drawing=svg,
        note=themes_note(context, found, shown),
        table=themes_table(context, found, figure_id),
    )


def themes_title(context: Context, found: Themes, shown: Sequence[Row]) -> Markup:
    """The theme named most; on a small base a picture, not a finding."""
    first, share = shown[0], context.printer.percent(METRIC, shown[0], "theme_share")
    if found.coverage.text("publish_status") != "ok":
        return context.say(
            N_("Too few texts to rank themes: {base}"), base=context.printer.count(METRIC, found.coverage)
        )
    return context.say(SOURCE_TITLES[found.source], theme=theme_name(context, first), share=share)


def themes_note(context: Context, found: Themes, shown: Sequence[Row]) -> Markup:
    """How far the dictionary reaches, and what is left out."""
    printer = context.printer
    said = [
        context.say(
            N_("{covered} of {base} texts name a theme ({share}); a text may name several."),
            covered=printer.count(METRIC, found.coverage, "named"),
            base=printer.count(METRIC, found.coverage),
            share=printer.percent(METRIC, found.coverage, "theme_share"),
        )
    ]
    left = len(shown[MOST_THEMES:])
    if left:
        said.append(
            context.say(
                context.words.ngettext(
                    "One more theme in the table.", "{count} more themes in the table.", left
                ),
                count=context.formats.number(left),
            )
        )
    return Markup(" ").join(said)


def themes_table(context: Context, found: Themes, table_id: str) -> Table:
    """Every theme with interval and polarity."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        table_id,
        words.gettext(N_("Every theme, with its interval, liked and disliked")),
        [
            words.gettext(N_("Theme")),
            words.gettext(N_("Texts")),
            words.gettext(N_("Share")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Liked")),
            words.gettext(N_("Disliked")),
            words.gettext(N_("Base")),
            words.gettext(N_("Period before")),
            words.gettext(N_("Change")),
            words.gettext(N_("NPS of those who name it")),
            words.gettext(N_("Note")),
        ],
        [
            [
                theme_name(context, row),
                printer.count(METRIC, row, "named") or dash,
                printer.percent(METRIC, row, "theme_share", 1) or dash,
                printer.percent(METRIC, row, "ci_low", 1) or dash,
                printer.percent(METRIC, row, "ci_high", 1) or dash,
                printer.count(METRIC, row, "liked") or dash,
                printer.count(METRIC, row, "disliked") or dash,
                printer.count(METRIC, row) or dash,
                printer.percent(METRIC, row, "previous_share", 1) or dash,
                printer.points(METRIC, row, "change") or dash,
                said_nps(context, row) or dash,
                Cell(change_note(context, row), muted=True),
            ]
            for row in found.rows
        ],
    )


def said_nps(context: Context, row: Row) -> Number | None:
    """The NPS of those who name a theme, where a score came with the text."""
    value = row.number("nps")
    return (
        None
        if value is None
        else context.printer.make(context.formats.signed(value, 0), METRIC, row, "nps", value)
    )


def change_note(context: Context, row: Row) -> str:
    """Whether a theme's change is more than chance, by the mart's signal; nothing where it is not."""
    if row.text("signal") in ("up", "down"):
        return context.words.gettext(BEYOND_CHANCE[Tone.NEUTRAL])
    return status_words(context, row)


@dataclass(frozen=True)
class Changes:
    """What is named more or less often than the period before: only what is more than chance."""

    id: str
    title: Markup
    subtitle: Markup
    table: Table | None


CHANGE_SUBTITLES = {
    "survey": N_("Comments in surveys, {period} against the period before, with Holm’s correction"),
    "review": N_("Reviews, {period} against the period before, with Holm’s correction"),
    "mention": N_("Mentions elsewhere, {period} against the period before, with Holm’s correction"),
}


def changes(context: Context, found: Themes) -> Changes | None:
    """The themes of a source whose share changed beyond chance; none where no theme could be tested."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    tested = [row for row in found.rows if row.text("signal")]
    if not tested:
        return None
    moved = [row for row in tested if row.text("signal") in ("up", "down")]
    moved.sort(key=lambda row: (row.number("p_adjusted") or 0.0, row.text("theme")))
    table = Table(
        f"theme-changes-{found.source}",
        words.gettext(N_("Themes that changed beyond chance")),
        [
            words.gettext(N_("Theme")),
            words.gettext(N_("Period before")),
            words.gettext(N_("Share")),
            words.gettext(N_("Change")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Base")),
        ],
        [
            [
                theme_name(context, row),
                printer.percent(METRIC, row, "previous_share", 1) or dash,
                printer.percent(METRIC, row, "theme_share", 1) or dash,
                *(
                    printer.points(METRIC, row, column) or dash
                    for column in ("change", "change_ci_low", "change_ci_high")
                ),
                printer.count(METRIC, row) or dash,
            ]
            for row in moved
        ],
    )
    return Changes(
        f"changes-{found.source}",
        changes_title(context, moved),
        context.say(CHANGE_SUBTITLES[found.source], period=context.period(found.period)),
        table if moved else None,
    )


def changes_title(context: Context, moved: Sequence[Row]) -> Markup:
    """Which themes are named more often, and which less."""
    more = [theme_name(context, row) for row in moved if row.text("signal") == "up"]
    fewer = [theme_name(context, row) for row in moved if row.text("signal") == "down"]
    formats = context.formats
    if more and fewer:
        return context.say(
            N_("Named more often: {more}; less often: {fewer}"),
            more=formats.list(more),
            fewer=formats.list(fewer),
        )
    if more:
        return context.say(N_("Named more often than before: {themes}"), themes=formats.list(more))
    if fewer:
        return context.say(N_("Named less often than before: {themes}"), themes=formats.list(fewer))
    return context.say(N_("No theme changed beyond chance"))


@dataclass(frozen=True)
class Polarity:
    """The themes of one polarity, and what it says of them."""

    title: str
    empty: str
    table: Table


def polarities(context: Context, found: Themes) -> list[Polarity]:
    """What is liked and what is not, most of it first."""
    words, printer = context.words, context.printer
    result = []
    for column, share, title, empty in (
        ("liked", "like_share", N_("What they like"), N_("Nothing was praised by theme.")),
        ("disliked", "dislike_share", N_("What they do not like"), N_("Nothing was criticised by theme.")),
    ):
        rows = disliked(found.rows, column)[:MOST_THEMES]
        result.append(
            Polarity(
                words.gettext(title),
                words.gettext(empty),
                Table(
                    f"themes-{column}",
                    words.gettext(N_("Survey comments, {period}")).format(
                        period=context.period(found.period)
                    ),
                    [
                        words.gettext(N_("Theme")),
                        words.gettext(N_("Texts")),
                        words.gettext(N_("Share")),
                    ],
                    [
                        [
                            theme_name(context, row),
                            printer.count(METRIC, row, column) or "",
                            printer.percent(METRIC, row, share, 1) or Cell("–", muted=True),
                        ]
                        for row in rows
                    ],
                ),
            )
        )
    return result


@dataclass(frozen=True)
class Verbatim:
    """A customer's own words, and who says them."""

    text: str
    language: str
    facts: tuple[Markup, ...]


def verbatim(context: Context, quote: Quote) -> Verbatim:
    """One quote: the masked text, cut at a word, its score, channel and month; no name."""
    row, words = quote.comment, context.words
    text = " ".join(row.text("text").split())
    if len(text) > MOST_LETTERS:
        text = text[:MOST_LETTERS].rsplit(" ", 1)[0] + "…"
    facts: list[Markup] = []
    if quote.score is not None:
        score = quote.score.number("score")
        if score is not None:
            shown = Number(context.formats.number(score), "nps", quote.score.source, "score", score)
            facts.append(context.say(N_("score {score}"), score=shown))
        facts.append(context.say("{name}", name=words.term("nps_class", quote.score.text("nps_class"))))
    else:
        facts.append(context.say("{name}", name=words.term("sentiment", row.text("sentiment"))))
    facts.append(context.say("{name}", name=words.term("channel", row.text("channel"))))
    code = row.text("language")
    if code != "unknown":
        facts.append(context.say("{name}", name=context.formats.language_name(code)))
    return Verbatim(text, code if code.isalpha() and len(code) == 2 else "", tuple(facts))


def build(context: Context) -> dict[str, Any]:
    """Everything that the page on the voice of the customer places."""
    found = [
        one for source in SOURCES if (one := themes(context.release, source, context.edition)) is not None
    ]
    figures = [themes_figure(context, one, number) for number, one in enumerate(found, start=1)]
    tone = choose(context.release, ("net_sentiment",), RELATIONAL_FIRST, context.edition)
    first = next((one for one in found if one.source == "survey"), None)
    return {
        "heading": context.say(N_("What do customers say?")),
        "figures": figures,
        "changes": [new for source in found if (new := changes(context, source)) is not None],
        "polarities": [] if first is None else polarities(context, first),
        "tone": measure_figure(
            context,
            tone,
            figure_id="f-tone",
            number=len(figures) + 1,
            height=240,
            empty=N_("No texts whose tone could be told."),
        )
        if tone.rows
        else None,
        "quotes": [verbatim(context, quote) for quote in quotes(context.release, context.edition)],
        "loop": panel(context),
    }
