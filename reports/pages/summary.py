"""The first page: what changed, where we stand, and one figure of each subject."""

from __future__ import annotations

from typing import Any

from reports.figures.measures import State, headline_measures
from reports.figures.subjects import churn_totals
from reports.figures.trust import trust
from reports.pages import churn, nps, response
from reports.pages.parts import Context, card
from reports.pages.trends import measure_figure
from reports.sentences import key_messages
from reports.words import N_


def build(context: Context) -> dict[str, Any]:
    """Everything that the summary's template places."""
    words, formats = context.words, context.formats
    measures = headline_measures(context.release, context.month)
    first = dict((spec.id, measure) for spec, measure in measures)
    recommended = first["nps"]
    moved = [m for _, m in measures if m.state in (State.ROSE, State.FELL)]
    known = [m for _, m in measures if m.current is not None]
    return {
        "heading": context.say(N_("Customer experience, {month}"), month=formats.month(context.month)),
        "messages": key_messages([measure for _, measure in measures], context.printer),
        "cards": [card(context, f"card-{spec.id}", measure) for spec, measure in measures],
        "moved": context.say(
            words.ngettext(
                "{moved} of {known} measure moved beyond chance",
                "{moved} of {known} measures moved beyond chance",
                len(known),
            ),
            moved=formats.number(len(moved)),
            known=formats.number(len(known)),
        ),
        "nps_figure": measure_figure(
            context,
            recommended,
            figure_id="f-nps",
            number=1,
            empty=N_("No answers to “Would you recommend us?” yet."),
        ),
        "compositions": nps.compositions(context, recommended.programme, recommended.metric),
        "composition_title": nps.composition_title(context, recommended),
        "groups": nps.groups(context, recommended.programme, recommended.metric)[:1],
        "reasons_figure": churn.reasons_figure(context, 2),
        "churn_facts": churn_facts(context),
        "response_figure": response.percentiles_figure(context, 3),
        "response_groups": response.groups_table(context, "channel")
        or response.groups_table(context, "team"),
        "trust": trust_facts(context),
    }


def churn_facts(context: Context) -> list[tuple[str, object]]:
    """What the month's departures cost, from the churn mart."""
    rows = [
        row
        for row in churn_totals(context.release, context.month)
        if row.date("period_start") == context.month
    ]
    if not rows:
        return []
    row, printer, words = rows[0], context.printer, context.words
    found: list[tuple[str, object | None]] = [
        (
            words.gettext(N_("Paying customers at the start")),
            printer.count("logo_churn_rate", row, "opening_customers"),
        ),
        (
            words.gettext(N_("Of them lost by the end")),
            printer.count("logo_churn_rate", row, "churned_customers"),
        ),
        (
            words.gettext(N_("Monthly revenue lost with them")),
            printer.money("logo_churn_rate", row, "churned_mrr"),
        ),
        (
            words.gettext(N_("Monthly revenue at the start")),
            printer.money("logo_churn_rate", row, "opening_mrr"),
        ),
        (words.gettext(N_("Revenue kept, with expansion")), printer.number("nrr", row, "nrr")),
        (words.gettext(N_("Revenue kept, without expansion")), printer.number("grr", row, "grr")),
    ]
    return [(label, value) for label, value in found if value is not None]


def trust_facts(context: Context) -> list[tuple[str, object, object, str]]:
    """The trust strip: label, value, small print, tone."""
    words, formats = context.words, context.formats
    facts = trust(context.release, context.month)
    found: list[tuple[str, object, object, str]] = []
    found.append(
        (
            words.gettext(N_("Data until")),
            words.gettext(N_("not stated")) if facts.as_of is None else formats.date(facts.as_of.date()),
            ""
            if facts.as_of is None
            else context.say(N_("as of {instant}"), instant=formats.instant(facts.as_of)),
            "",
        )
    )
    rate = facts.response_rate
    found.append(
        (
            words.gettext(N_("Survey response rate")),
            words.gettext(N_("no invitations"))
            if rate is None
            else context.printer.number("survey_response_rate", rate, "value"),
            ""
            if rate is None
            else context.say(
                N_("of {base} invitations sent in {month}; {programme}"),
                base=context.printer.count("survey_response_rate", rate) or "0",
                month=formats.month(rate.date("period_start") or context.month),
                programme=words.term("programme", rate.text("programme")),
            ),
            "",
        )
    )
    if facts.checks:
        small = context.say(N_("all checks passed"))
        if facts.failed:
            small = context.say(N_("failed: {names}"), names=formats.list(list(facts.failed[:3])))
        elif facts.warned:
            small = context.say(
                words.ngettext("{count} warning", "{count} warnings", facts.warned),
                count=formats.number(facts.warned),
            )
        found.append(
            (
                words.gettext(N_("Data checks passed")),
                f"{formats.number(facts.passed)} / {formats.number(facts.checks)}",
                small,
                "bad" if facts.failed else "",
            )
        )
    else:
        found.append((words.gettext(N_("Data checks passed")), words.gettext(N_("not recorded")), "", ""))
    found.append(
        (
            words.gettext(N_("Small groups")),
            "n ≥ 5",
            words.gettext(N_("fewer are not shown; under 30 shown in grey, never judged")),
            "",
        )
    )
    return found
