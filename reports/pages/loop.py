"""Do we answer the unhappy: called back in time, resolved, come round."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from reports.figures.loop import ON_TIME, Loop, loop
from reports.figures.subjects import Period
from reports.pages.parts import Cell, Context, Table, status_words
from reports.release import Row
from reports.words import N_

RECOVERY = "detractor_recovery_rate"


@dataclass(frozen=True)
class Panel:
    """What the closed loop says, its periods, and what calls may have done."""

    title: Markup
    subtitle: Markup | None = None
    table: Table | None = None
    recovery: Markup | None = None


def panel(context: Context) -> Panel:
    """The closed loop in words and by period."""
    found = loop(context.release, context.edition)
    if found is None:
        return Panel(context.say(N_("No cases were opened for unhappy customers")))
    return Panel(
        title(context, found), subtitle(context, found), table(context, found), recovery(context, found)
    )


def title(context: Context, found: Loop) -> Markup:
    """How many of the cases due were called in time, against the target."""
    row, printer = found.on_time, context.printer
    share = None if row is None else printer.percent(ON_TIME, row, "value")
    if row is None or share is None:
        return context.say(N_("Too few cases were due to tell who is called back in time"))
    target = printer.percent(ON_TIME, row, "target")
    if row.text("publish_status") != "ok" or target is None:
        return context.say(
            N_("{share} of the unhappy were called back in time (n = {base})"),
            share=share,
            base=printer.count(ON_TIME, row),
        )
    return context.say(
        N_("{share} of the unhappy were called back in time (target {target})"), share=share, target=target
    )


def subtitle(context: Context, found: Loop) -> Markup | None:
    """What was counted, and when."""
    if found.period is None:
        return None
    row, printer = found.on_time, context.printer
    return context.say(
        N_(
            "Cases from {programme} that fell due in {period}: a person reached the customer within the "
            "promised working days; 95% CI {low} to {high}"
        ),
        programme=context.words.term("programme", found.programme),
        period=context.period(found.period),
        low="–" if row is None else printer.percent(ON_TIME, row, "ci_low") or "–",
        high="–" if row is None else printer.percent(ON_TIME, row, "ci_high") or "–",
    )


def table(context: Context, found: Loop) -> Table | None:
    """The last periods, newest first."""
    if not found.periods:
        return None
    words, printer, dash = context.words, context.printer, Cell("–", muted=True)
    return Table(
        "closed-loop",
        words.gettext(N_("Cases by the period in which the customer answered; in time: by the period due")),
        [
            words.gettext(N_("Period")),
            words.gettext(N_("Cases")),
            words.gettext(N_("In time")),
            words.gettext(N_("Called within 30 days")),
            words.gettext(N_("Resolved within 30 days")),
            words.gettext(N_("Came round")),
            words.gettext(N_("Note")),
        ],
        [
            [
                period_of(context, row),
                printer.count(ON_TIME, row) or dash,
                *(
                    printer.percent(ON_TIME, row, column) or dash
                    for column in ("on_time_rate", "contact_rate", "resolution_rate", "recovery_rate")
                ),
                Cell(status_words(context, row), muted=True),
            ]
            for row in found.periods
        ],
        words=(6,),
    )


COMPARED = {
    "up": N_("Those called before came round more often, beyond chance: {called} against {uncalled}."),
    "down": N_("Those called before came round less often, beyond chance: {called} against {uncalled}."),
    "none": N_("Calls made no difference beyond chance: {called} of those called, {uncalled} of the others."),
}


def recovery(context: Context, found: Loop) -> Markup | None:
    """Who came round, at least how many of all, and whether a call made a difference."""
    row = found.recovery
    if row is None:
        return None
    printer = context.printer
    said = [
        context.say(
            N_(
                "Asked again within 90 days, {share} of {asked} detractors gave 7 or more ({period}); "
                "of all {detractors} that is {least} at least."
            ),
            share=printer.percent(RECOVERY, row, "recovery_rate"),
            asked=printer.count(RECOVERY, row, "asked_again"),
            period=period_of(context, row),
            detractors=printer.count(RECOVERY, row, "detractors"),
            least=printer.percent(RECOVERY, row, "recovery_of_all_rate") or "–",
        )
    ]
    signal = row.text("recovery_signal")
    if signal in COMPARED:
        said.append(
            context.say(
                COMPARED[signal],
                called=printer.percent(RECOVERY, row, "contacted_recovery_rate"),
                uncalled=printer.percent(RECOVERY, row, "uncontacted_recovery_rate"),
            )
        )
    else:
        said.append(context.say(N_("Too few were asked again to compare those called with the others.")))
    return Markup(" ").join(said)


def period_of(context: Context, row: Row) -> str:
    """The row's period in words."""
    return context.period(Period(row.text("period_grain"), row.date("period_start") or context.edition.start))
