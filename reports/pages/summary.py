"""The first page: what changed, where we stand, and one figure of each subject."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from reports.figures.measures import COLUMNS, KEY, MART, Measure, State, Target, headline_measures
from reports.figures.subjects import headline_clock
from reports.figures.trust import doubts, trust
from reports.numbers import text_of
from reports.pages import churn, nps, response
from reports.pages.parts import Context, card, category
from reports.pages.trends import measure_figure
from reports.registry import METRICS
from reports.sentences import key_messages
from reports.words import N_, file_name


def build(context: Context) -> dict[str, Any]:
    """Everything that the summary's template places."""
    words, formats = context.words, context.formats
    measures = headline_measures(context.release, context.edition)
    first = dict((spec.id, measure) for spec, measure in measures)
    recommended = first["nps"]
    moved = [m for _, m in measures if m.state in (State.ROSE, State.FELL)]
    aimed = [m for _, m in measures if m.target is not Target.NONE]
    unsure = doubts(context.release)
    href = f"{file_name('quality', words.language)}#checks"
    known = [m for _, m in measures if m.current is not None]
    return {
        "heading": context.say(N_("Customer experience, {month}"), month=context.now),
        "messages": key_messages(
            [measure for _, measure in measures],
            context.printer,
            where=lambda measure: where_to_start(context, measure),
        ),
        "cards": [
            card(
                context,
                f"card-{spec.id}",
                measure,
                0 if measure.state is State.NO_DATA else unsure.get(measure.metric, 0),
            )
            for spec, measure in measures
        ],
        "moved": context.say(
            words.ngettext(
                "{moved} of {known} measure moved beyond chance",
                "{moved} of {known} measures moved beyond chance",
                len(known),
            ),
            moved=formats.number(len(moved)),
            known=formats.number(len(known)),
        ),
        "targets": context.say(
            words.ngettext("{met} of {known} target met", "{met} of {known} targets met", len(aimed)),
            met=formats.number(len([m for m in aimed if m.target is Target.MET])),
            known=formats.number(len(aimed)),
        )
        if aimed
        else None,
        "checks_href": href,
        "checked": checked(context, href),
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
        "churn_facts": churn.cost_table(context),
        "response_figure": response.percentiles_figure(
            context, 3, headline_clock(context.release, context.edition)
        ),
        "response_groups": response.groups_table(context, "channel")
        or response.groups_table(context, "team"),
        "trust": trust_facts(context),
    }


# Where a leader can begin: the breakdowns that somebody answers for.
BREAKDOWNS = ("team", "channel", "topic", "priority", "segment", "plan", "product", "stage")
MOST_GROUPS = 3
PAGE_OF_METRIC = {
    "nps_rel": "nps",
    "nps_txn": "nps",
    "csi": "satisfaction",
    "csat_t2b": "satisfaction",
    "ces_5": "satisfaction",
    "ces2_pct": "satisfaction",
    "logo_churn_rate": "churn",
    "nrr": "churn",
    "grr": "churn",
}


def where_to_start(context: Context, measure: Measure) -> Markup:
    """The groups in which the measure moved the wrong way beyond chance, and the page that tells more."""
    row = measure.current
    href = file_name(PAGE_OF_METRIC.get(measure.metric, "response"), context.words.language)
    link = Markup('<a href="{href}">{text}</a>').format(href=href, text=context.words.gettext(N_("Details")))
    if row is None:
        return link
    wrong = "down" if METRICS[measure.metric].direction == "up" else "up"
    found = [
        other
        for other in context.release.rows(
            MART,
            COLUMNS,
            KEY,
            {
                "metric": measure.metric,
                "programme": measure.programme,
                "period_grain": measure.edition.grain,
                "period_start": measure.period,
                "dimension": list(BREAKDOWNS),
                "signal": wrong,
            },
        )
        if measure.edition.segment is None
        and other.text("publish_status") == "ok"
        # Nobody can begin where nobody knows who it was.
        and other.text("dimension_value") != "unknown"
    ]
    if not found:
        return link
    found.sort(key=lambda one: (one.number("p_adjusted") or 0.0, one.source.address))
    groups = [
        text_of(
            context.say(
                "{dimension}: {value}",
                dimension=context.words.term("dimension", one.text("dimension")),
                value=category(context, one.text("dimension"), one.text("dimension_value")),
            )
        )
        for one in found[:MOST_GROUPS]
    ]
    return context.say(
        N_("Where to start, worse beyond chance: {groups}. {link}"),
        groups=context.formats.list(groups),
        link=link,
    )


def checked(context: Context, href: str) -> Markup | None:
    """How many of the data checks passed, and where they stand; none when the release records none."""
    facts = trust(context.release, context.edition)
    if not facts.checks:
        return None
    said = context.say(
        N_("{passed} of {checks} data checks passed"),
        passed=context.formats.number(facts.passed),
        checks=context.formats.number(facts.checks),
    )
    return Markup('<a href="{href}">{said}</a>').format(href=href, said=said)


def trust_facts(context: Context) -> list[tuple[str, object, object, str]]:
    """The trust strip: label, value, small print, tone."""
    words, formats = context.words, context.formats
    facts = trust(context.release, context.edition)
    found: list[tuple[str, object, object, str]] = []
    found.append(
        (
            words.gettext(N_("Data until")),
            words.gettext(N_("not stated")) if facts.as_of is None else formats.date(facts.as_of.date()),
            ""
            if facts.as_of is None
            else context.say(N_("late: {names}"), names=formats.list(list(facts.late[:3])))
            if facts.late
            else context.say(N_("as of {instant}"), instant=formats.instant(facts.as_of)),
            "bad" if facts.late else "",
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
                month=formats.period(rate.date("period_start") or context.edition.start),
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
                words.ngettext("{count} warning: {names}", "{count} warnings: {names}", facts.warned),
                count=formats.number(facts.warned),
                names=formats.list(list(facts.warned_about[:3])),
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
