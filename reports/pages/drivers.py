"""What moves the NPS: what each theme of the comments does to it, in points."""

from __future__ import annotations

from markupsafe import Markup

from reports.figures.voice import Impacts, impacts
from reports.glyphs import whisker
from reports.pages.groups import GroupRow, Groups
from reports.pages.parts import Cell, Context, Table, status_words
from reports.release import Row
from reports.words import N_

# Effects are differences of the NPS, and print as such.
NPS, SHARE = "nps_rel", "theme_share"
MOST_THEMES = 10
SMALL = N_("small base")


def theme_drivers(context: Context) -> Groups | None:
    """What each theme does to the NPS of those who write, largest first; none where too few wrote."""
    found = impacts(context.release, context.edition)
    if found is None:
        return None
    words, printer = context.words, context.printer
    shown = found.rows[:MOST_THEMES]
    ends = [
        end
        for row in shown
        for end in (row.number("nps_impact_ci_low"), row.number("nps_impact_ci_high"))
        if end is not None
    ]
    start, end = min(0.0, *ends), max(0.0, *ends)
    return Groups(
        "nps-themes",
        title(context, found),
        context.say(
            N_(
                "Points of NPS that a theme adds or takes, with 95% CI: NPS of all who wrote less that of "
                "those who did not name it; {period}; goes with it, not necessarily causes it"
            ),
            period=context.period(found.period),
        ),
        words.gettext(N_("Theme")),
        words.gettext(N_("Effect on NPS")),
        tuple(
            GroupRow(
                words.term("theme", row.text("theme")),
                printer.difference(NPS, row, "nps_impact"),
                printer.count(NPS, row, "nps_base"),
                None
                if (value := row.number("nps_impact")) is None
                else whisker(
                    value,
                    row.number("nps_impact_ci_low"),
                    row.number("nps_impact_ci_high"),
                    0.0,
                    start,
                    end,
                ),
                note(context, row),
                not row.text("nps_impact_signal"),
                printer.percent(SHARE, row, "theme_share"),
            )
            for row in shown
        ),
        table(context, found),
        words.gettext(N_("share")),
    )


def title(context: Context, found: Impacts) -> Markup:
    """The theme that costs or adds most, if any does beyond chance."""
    moved = [row for row in found.rows if row.text("nps_impact_signal") in ("up", "down")]
    if not moved:
        return context.say(N_("No theme moves the NPS beyond chance"))
    first = moved[0]
    message = (
        N_("Adds most: {theme}, {points}")
        if first.text("nps_impact_signal") == "up"
        else N_("Costs most: {theme}, {points}")
    )
    return context.say(
        message,
        theme=context.words.term("theme", first.text("theme")),
        points=context.printer.difference(NPS, first, "nps_impact"),
    )


def note(context: Context, row: Row) -> str:
    """Whether the effect is more than chance."""
    signal = row.text("nps_impact_signal")
    if not signal:
        return context.words.gettext(SMALL)
    return "" if signal == "none" else context.words.gettext(N_("beyond chance"))


def table(context: Context, found: Impacts) -> Table:
    """Every theme with the NPS of those who name it and of the others."""
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        "nps-themes",
        words.gettext(
            N_("NPS of those who name a theme, of the others, and what the theme does to the whole")
        ),
        [
            words.gettext(N_("Theme")),
            words.gettext(N_("Effect on NPS")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("NPS of those who name it")),
            words.gettext(N_("NPS of the others")),
            words.gettext(N_("Base")),
            words.gettext(N_("Note")),
        ],
        [
            [
                words.term("theme", row.text("theme")),
                *(
                    printer.difference(NPS, row, column) or dash
                    for column in ("nps_impact", "nps_impact_ci_low", "nps_impact_ci_high")
                ),
                printer.number(NPS, row, "nps") or dash,
                printer.number(NPS, row, "others_nps") or dash,
                printer.count(NPS, row, "nps_base") or dash,
                Cell(note(context, row) or status_words(context, row), muted=True),
            ]
            for row in found.rows
        ],
        words=(7,),
    )
