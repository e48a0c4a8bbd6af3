"""Whole sentences, one per branch: nothing is glued, and each claim has its predicate in the data.

Names, months and values stand in the nominative, so that languages with cases can say them.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from reports.figures.measures import Measure, State, Target, Tone
from reports.numbers import Printer, say
from reports.words import N_

Branch = tuple[State, Target]

# What a measure does in the month, by its change and its target.
HEADLINES: dict[Branch, str] = {
    (State.ROSE, Target.MET): N_(
        "{name} rose to {value}, {size} above {previous_month} ({previous}); the target of {target} is met."
    ),
    (State.ROSE, Target.MISSED): N_(
        "{name} rose to {value}, {size} above {previous_month} ({previous}); "
        "the target of {target} is missed."
    ),
    (State.ROSE, Target.NONE): N_("{name} rose to {value}, {size} above {previous_month} ({previous})."),
    (State.FELL, Target.MET): N_(
        "{name} fell to {value}, {size} below {previous_month} ({previous}); the target of {target} is met."
    ),
    (State.FELL, Target.MISSED): N_(
        "{name} fell to {value}, {size} below {previous_month} ({previous}); "
        "the target of {target} is missed."
    ),
    (State.FELL, Target.NONE): N_("{name} fell to {value}, {size} below {previous_month} ({previous})."),
    (State.FLAT, Target.MET): N_(
        "{name} is {value}; the difference from {previous_month} ({previous}) is within the margin of error; "
        "the target of {target} is met."
    ),
    (State.FLAT, Target.MISSED): N_(
        "{name} is {value}; the difference from {previous_month} ({previous}) is within the margin of error; "
        "the target of {target} is missed."
    ),
    (State.FLAT, Target.NONE): N_(
        "{name} is {value}; the difference from {previous_month} ({previous}) is within the margin of error."
    ),
    (State.UNTESTED, Target.MET): N_(
        "{name} is {value}, after {previous} in {previous_month}; the target of {target} is met."
    ),
    (State.UNTESTED, Target.MISSED): N_(
        "{name} is {value}, after {previous} in {previous_month}; the target of {target} is missed."
    ),
    (State.UNTESTED, Target.NONE): N_("{name} is {value}, after {previous} in {previous_month}."),
    (State.NO_PREVIOUS, Target.MET): N_(
        "{name} is {value}, with nothing in {previous_month} to compare; the target of {target} is met."
    ),
    (State.NO_PREVIOUS, Target.MISSED): N_(
        "{name} is {value}, with nothing in {previous_month} to compare; the target of {target} is missed."
    ),
    (State.NO_PREVIOUS, Target.NONE): N_("{name} is {value}, with nothing in {previous_month} to compare."),
    (State.ONE_PERIOD, Target.MET): N_(
        "{name} is {value}, measured for the first time; the target of {target} is met."
    ),
    (State.ONE_PERIOD, Target.MISSED): N_(
        "{name} is {value}, measured for the first time; the target of {target} is missed."
    ),
    (State.ONE_PERIOD, Target.NONE): N_("{name} is {value}, measured for the first time."),
    (State.LOW_BASE, Target.NONE): N_("{name} is {value}, on a base of {base}: too few to judge."),
    (State.SUPPRESSED, Target.NONE): N_("{name} is not shown for {month}: a base of {base} is too small."),
    (State.NOT_ESTIMABLE, Target.NONE): N_(
        "{name} cannot be given for {month}: too many cases still wait for the event it measures."
    ),
    (State.IMMATURE, Target.NONE): N_("{name} stands at {value} so far; {month} is not over yet."),
    (State.NO_DATA, Target.NONE): N_("{name} has no data for {month}."),
}

# The second, quieter sentence of a key message: whether to believe it, by whether the change is welcome.
SUPPORT: dict[Tone, str] = {
    Tone.GOOD: N_("This is better, and more than sampling error explains."),
    Tone.BAD: N_("This is worse, and more than sampling error explains."),
    Tone.NEUTRAL: N_("The change is larger than sampling error."),
}

# The change on a card, in words.
CHANGE_WORDS: dict[State, str] = {
    State.FLAT: N_("within the margin of error"),
    State.UNTESTED: N_("not tested"),
    State.NO_PREVIOUS: N_("nothing to compare with the period before"),
    State.ONE_PERIOD: N_("first period measured"),
    State.LOW_BASE: N_("too few to judge"),
    State.IMMATURE: N_("to date, not compared"),
}
BEYOND_CHANCE: dict[Tone, str] = {
    Tone.GOOD: N_("better, beyond chance"),
    Tone.BAD: N_("worse, beyond chance"),
    Tone.NEUTRAL: N_("changed, beyond chance"),
}
TARGET_WORDS: dict[Target, str] = {
    Target.MET: N_("target {target} met"),
    Target.MISSED: N_("target {target} missed"),
}
# A value that lies on its side of the target by less than its own uncertainty.
UNSURE_TARGET_WORDS: dict[Target, str] = {
    Target.MET: N_("target {target} met, within the margin of error"),
    Target.MISSED: N_("target {target} missed, within the margin of error"),
}
NOTHING_MOVED = N_("No measure moved beyond chance in {month}.")
NOTHING_MEASURED = N_("This release holds no measures to report.")


def headline(measure: Measure, printer: Printer, *, name: str | None = None) -> Markup:
    """What the measure did, as one sentence."""
    words, formats, row = printer.words, printer.formats, measure.current
    target = measure.target if (measure.state, measure.target) in HEADLINES else Target.NONE
    template = words.gettext(HEADLINES[measure.state, target])
    parts: dict[str, object] = {
        "name": name or words.metric(measure.metric, "name"),
        "month": formats.period(measure.period),
        "previous_month": formats.period(measure.previous_period),
    }
    if row is not None:
        change = row.number("change")
        parts |= {
            "value": printer.number(measure.metric, row, "value"),
            "previous": printer.number(measure.metric, row, "previous_value"),
            "target": printer.number(measure.metric, row, "target"),
            "base": printer.count(measure.metric, row),
            "size": None
            if change is None
            else printer.make(printer.size(measure.metric, change), measure.metric, row, "change", change),
        }
    return say(template, **parts)


def change_words(measure: Measure, printer: Printer) -> str:
    """What to make of the change, in words; empty where there is no value."""
    if measure.state in (State.ROSE, State.FELL):
        return printer.words.gettext(BEYOND_CHANCE[measure.tone])
    found = CHANGE_WORDS.get(measure.state)
    return "" if found is None else printer.words.gettext(found)


def key_messages(
    measures: list[Measure],
    printer: Printer,
    most: int = 5,
    where: Callable[[Measure], Markup] = lambda measure: Markup(""),
) -> list[tuple[Markup, Markup]]:
    """The three to five sentences of the first screen, the weightiest first, each with its support.

    `where` says of a change for the worse, or a missed target, where to begin.
    """
    words = printer.words
    known = [m for m in measures if m.current is not None]
    ranked = sorted(known, key=lambda m: m.rank, reverse=True)
    moved = [m for m in ranked if m.state in (State.ROSE, State.FELL)]
    messages: list[tuple[Markup, Markup]] = []
    if not any(m.last_known for m in measures):
        return [(say(words.gettext(NOTHING_MEASURED)), Markup(""))]
    if not moved:
        month = printer.formats.period(measures[0].edition.start)
        messages.append((say(words.gettext(NOTHING_MOVED), month=month), Markup("")))
    for measure in moved[:most]:
        support = say(words.gettext(SUPPORT[measure.tone]))
        start = where(measure) if measure.tone is Tone.BAD else Markup("")
        messages.append((headline(measure, printer), Markup(" ").join(filter(None, (support, start)))))
    others = [
        m
        for m in ranked
        if m not in moved and m.state in (State.FLAT, State.UNTESTED, State.NO_PREVIOUS, State.ONE_PERIOD)
    ]
    # A missed target is worth a sentence even when nothing changed.
    others.sort(key=lambda m: m.target is Target.MISSED, reverse=True)
    for measure in others:
        if len(messages) >= (most if measure.target is Target.MISSED and len(messages) < 4 else 3):
            break
        start = where(measure) if measure.target is Target.MISSED else Markup("")
        messages.append((headline(measure, printer), start))
    return messages
