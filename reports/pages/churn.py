"""Why customers leave: the reasons as a Pareto, and what they cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.charts import HALF, Bar, Steps, bars, draw, steps
from reports.figures.measures import ANY, COLUMNS, KEY, MART, choose
from reports.figures.subjects import (
    BRIDGE,
    Curve,
    Reasons,
    churn_losses,
    churn_reasons,
    churn_total,
    cohorts,
    mrr_bridge,
    survival_curves,
)
from reports.numbers import Number, text_of
from reports.pages.parts import Cell, Context, Figure, Table, category, status_words
from reports.pages.trends import measure_figure
from reports.release import Row
from reports.words import N_

MOST_BARS = 10
AVOIDABLE = "avoidable_churn_share"
UNKNOWN = frozenset({"unknown", "other", ""})


def reason_name(context: Context, row: Row) -> str:
    """A reason in words."""
    return context.reason(row.text("reason"))


def shown_rows(reasons: Reasons) -> list[Row]:
    """The reasons that may be shown, in the mart's own order, which its cumulative share follows."""
    return [row for row in reasons.rows if row.number("churned_customers") is not None]


def title(context: Context, reasons: Reasons, shown: Sequence[Row]) -> Markup:
    """What the Pareto says, in the words of its own numbers."""
    ranked = [
        row
        for row in reasons.rows
        if row.number("share") is not None and (row.number("churned_customers") or 0) > 0
    ]
    named = [row for row in ranked if row.text("reason") not in UNKNOWN]
    unknown = next((row for row in ranked if row.text("reason") == "unknown"), None)
    if not named:
        return context.say(N_("No customer who left gave a reason"))
    first = named[0]
    if unknown is not None and (unknown.number("share") or 0) > 0.5:
        return context.say(
            N_("No reason is recorded for {unknown} of those who left; most often named: {reason} ({share})"),
            unknown=context.printer.percent("churn_reason_share", unknown, "share"),
            reason=reason_name(context, first),
            share=context.printer.percent("churn_reason_share", first, "share"),
        )
    top = leading(ranked)
    if len(named) > 3 and len(top) > 1 and all(row in named for row in top):
        return context.say(
            N_("Three reasons account for {share} of those who left: {reasons}")
            if len(top) == 3
            else N_("Two reasons account for {share} of those who left: {reasons}"),
            share=context.printer.percent("churn_reason_share", top[-1], "cumulative_share"),
            reasons=context.formats.list([reason_name(context, row) for row in top]),
        )
    return context.say(
        N_("The reason named most often: {reason}, {share} of those who left"),
        reason=reason_name(context, first),
        share=context.printer.percent("churn_reason_share", first, "share"),
    )


def leading(ranked: Sequence[Row]) -> Sequence[Row]:
    """The first three reasons or two, so that none as frequent as the last of them is left out."""
    for most in (3, 2):
        last, following = ranked[most - 1 : most], ranked[most : most + 1]
        if not last or last[0].number("cumulative_share") is None:
            continue
        if not following or following[0].number("churned_customers") != last[0].number("churned_customers"):
            return ranked[:most]
    return ranked[:1]


def reasons_figure(context: Context, number: int) -> Figure:
    """The Pareto of reasons for the shortest period with enough departures."""
    words, printer = context.words, context.printer
    reasons = churn_reasons(context.release, context.edition)
    figure_id = "f-reasons"
    if reasons is None or not shown_rows(reasons):
        return Figure(
            figure_id,
            number,
            context.say(N_("No reasons to show for {month}"), month=context.now),
            words.gettext(N_("Customers who left, by main reason")),
            empty=context.say(N_("No customer left, or too few did to say why.")),
        )
    shown = shown_rows(reasons)
    finding = title(context, reasons, shown)
    subtitle = context.say(
        N_("Customers who left by main reason, {period}: number, share of all and cumulative share"),
        period=context.period(reasons.period),
    )
    items = [bar(context, row, reasons.rows) for row in shown[:MOST_BARS]]
    description = words.gettext(
        N_("Bar chart of reasons for leaving, most frequent first. {finding}.")
    ).format(finding=text_of(finding))
    svg = draw(
        lambda width: bars(items, width, (words.gettext(N_("share")), words.gettext(N_("cum.")))),
        figure_id,
        description=description,
        labelled_by=f"{figure_id}-h",
    )
    said = []
    if any(row.text("publish_status") == "low_base" for row in shown):
        said.append(context.say(N_("Fewer than 30 departures: a picture, not a ranking.")))
    more = len(shown[MOST_BARS:])
    if more:
        said.append(
            context.say(
                words.ngettext("One more reason in the table.", "{count} more reasons in the table.", more),
                count=context.formats.number(more),
            )
        )
    said.append(
        context.say(
            N_(
                "The share counts everyone who left, with a reason or without. Grey bars: no cause to act "
                "on; full blue: the first 60%."
            )
        )
    )
    table = Table(
        figure_id,
        words.gettext(N_("Every reason, with its interval and the monthly revenue lost")),
        [
            words.gettext(N_("Reason")),
            words.gettext(N_("Customers")),
            words.gettext(N_("Share")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("Cumulative")),
            words.gettext(N_("Revenue lost")),
            words.gettext(N_("Note")),
        ],
        [
            [
                reason_name(context, row),
                printer.count("churn_reason_share", row, "churned_customers") or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "share", 1) or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "ci_low", 1) or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "ci_high", 1) or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "cumulative_share", 1) or Cell("–", muted=True),
                printer.money("churn_reason_share", row, "mrr_lost", exact_amount=True)
                or Cell("–", muted=True),
                Cell(status_words(context, row), muted=True),
            ]
            for row in reasons.rows
        ],
    )
    return Figure(
        figure_id,
        number,
        finding,
        text_of(subtitle),
        drawing=svg,
        note=Markup(" ").join(said),
        table=table,
    )


def bar(context: Context, row: Row, every: Sequence[Row]) -> Bar:
    """A reason's bar: dark while it belongs to the vital few, pale when it names no cause."""
    share = context.printer.percent("churn_reason_share", row, "share")
    cumulative = context.printer.percent("churn_reason_share", row, "cumulative_share")
    count = context.printer.count("churn_reason_share", row, "churned_customers")
    before = [other for other in every if (other.number("rank") or 0) < (row.number("rank") or 0)]
    reached = max((other.number("cumulative_share") or 0.0 for other in before), default=0.0)
    if row.text("reason") in UNKNOWN or (
        "is_avoidable" in row.values and row.values["is_avoidable"] is False
    ):
        tone = "zone"
    else:
        tone = "accent" if reached < 0.6 else "bar2"
    lost = context.printer.money("churn_reason_share", row, "mrr_lost")
    said = f"{reason_name(context, row)}: {count}, {share}" + (f", {lost}" if lost is not None else "")
    return Bar(
        reason_name(context, row),
        row.number("churned_customers") or 0.0,
        str(count),
        tone,
        said,
        (str(share or "–"), str(cumulative or "–")),
    )


def build(context: Context) -> dict[str, Any]:
    """Everything that the churn page places."""
    rate = choose(context.release, ("logo_churn_rate",), ANY, context.edition)
    net = choose(context.release, ("nrr",), ANY, context.edition)
    gross = choose(context.release, ("grr",), ANY, context.edition)
    number = 1
    revenue = []
    for measure in (net, gross):
        if measure.rows:
            number += 1
            revenue.append(
                measure_figure(
                    context,
                    measure,
                    figure_id=f"f-{measure.metric}",
                    number=number,
                    height=220,
                    width=HALF,
                    periods=context.edition.card,
                    empty=N_("No revenue to follow yet."),
                )
            )
    return {
        "heading": context.say(N_("Are we losing customers?")),
        "rate_figure": measure_figure(
            context, rate, figure_id="f-churn", number=1, empty=N_("No paying customers in this release yet.")
        ),
        "cost": cost_table(context, beside=worth(context)),
        "revenue_figures": revenue,
        "reasons_figure": reasons_figure(context, number + 1),
        "survival_figure": survival_figure(context, number + 2),
        "cohorts": cohort_table(context),
        "bridge": bridge_table(context),
    }


def cost_table(context: Context, beside: Sequence[tuple[str, object | None]] = ()) -> Table | None:
    """What the month's departures cost, from the churn mart, with more rows `beside` the lost revenue."""
    row, printer, words = churn_total(context.release, context.edition), context.printer, context.words
    if row is None:
        return None
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
        *beside,
        (words.gettext(N_("Departures for an avoidable reason")), avoidable(context)),
        (words.gettext(N_("Revenue kept, with expansion")), printer.number("nrr", row, "nrr")),
        (words.gettext(N_("Revenue kept, without expansion")), printer.number("grr", row, "grr")),
    ]
    return Table(
        "cost",
        context.now,
        [words.gettext(N_("Measure")), words.gettext(N_("Value"))],
        [[label, value] for label, value in found if value is not None],
    )


def worth(context: Context) -> list[tuple[str, object | None]]:
    """What customers like those who left are worth, and who of them had said that they were unhappy."""
    row, printer, words = churn_losses(context.release, context.edition), context.printer, context.words
    if row is None:
        return []
    value = (
        words.gettext(N_("What customers like those who left are worth")),
        printer.money("clv_survival", row, "value_lost"),
    )
    unvalued = (
        words.gettext(N_("Departures not valued: the margin is not known")),
        printer.count("clv_survival", row, "unvalued_customers")
        if row.number("unvalued_customers")
        else None,
    )
    return [
        value,
        unvalued,
        (
            words.gettext(N_("Left within a year of an NPS answer")),
            printer.count("nps", row, "asked_customers"),
        ),
        (
            words.gettext(N_("Of them detractors by their last answer")),
            printer.count("nps", row, "prior_detractors"),
        ),
    ]


def avoidable(context: Context) -> Number | None:
    """The share of departures that somebody could have prevented; none where it may not be shown."""
    where = context.edition.own(metric=AVOIDABLE, period_start=context.edition.start)
    rows = context.release.rows(MART, COLUMNS, KEY, where)
    return context.printer.percent(AVOIDABLE, rows[0], "value") if rows else None


COLOURS = ("accent", "s3", "s1", "good")


def survival_figure(context: Context, number: int) -> Figure:
    """How long customers stay: by plan when there are plans, else everyone."""
    words, printer = context.words, context.printer
    segment = context.edition.segment
    everyone = survival_curves(context.release, *(("total",) if segment is None else ("segment", segment)))
    plans = survival_curves(context.release, "plan") if segment is None else []
    curves = plans if len(plans) > 1 else everyone
    subtitle = words.gettext(
        N_(
            "Share of customers still paying by months since their first payment (Kaplan–Meier), "
            "cut where fewer than 10 are left"
        )
    )
    if not curves:
        return Figure(
            "f-survival",
            number,
            context.say(N_("How long customers stay")),
            subtitle,
            empty=context.say(N_("No departures to measure the length of a relationship by.")),
        )
    finding = survival_title(context, everyone or curves)
    drawn = [
        Steps(
            [
                (month, row.number("survival") or 0.0, row.number("ci_low"), row.number("ci_high"))
                for month, row in curve.steps
            ],
            "\n".join(
                (
                    category(context, curve.dimension, curve.value),
                    str(printer.percent("survival_S_t", curve.steps[-1][1], "survival")),
                )
            ),
            COLOURS[index],
        )
        for index, curve in enumerate(curves)
    ]
    last = max(month for curve in curves for month, _ in curve.steps)
    step = 3 if last <= 12 else 6
    axis = {
        month: words.gettext(N_("{months} mo")).format(months=context.formats.number(month))
        for month in range(0, last + 1, step)
    }
    description = words.gettext(
        N_("Falling steps: the share of customers still paying by month. {finding}")
    ).format(finding=text_of(finding))
    svg = draw(
        lambda width: steps(drawn, axis, lambda value: context.formats.percent(value), width),
        "f-survival",
        description=description,
        labelled_by="f-survival-h",
        width=HALF,
    )
    table = Table(
        "f-survival",
        words.gettext(N_("Share still paying at every sixth month")),
        [
            words.gettext(N_("Group")),
            words.gettext(N_("Months")),
            words.gettext(N_("Still paying")),
            words.gettext(N_("95% from")),
            words.gettext(N_("to")),
            words.gettext(N_("At risk")),
        ],
        [
            [
                category(context, curve.dimension, curve.value),
                context.formats.number(month),
                printer.percent("survival_S_t", row, "survival", 1) or "",
                printer.percent("survival_S_t", row, "ci_low", 1) or Cell("–", muted=True),
                printer.percent("survival_S_t", row, "ci_high", 1) or Cell("–", muted=True),
                printer.count("survival_S_t", row, "at_risk") or "",
            ]
            for curve in curves
            for month, row in curve.steps
            if month % 6 == 0 or month == curve.steps[-1][0]
        ],
    )
    return Figure("f-survival", number, finding, subtitle, drawing=svg, table=table)


def survival_title(context: Context, curves: Sequence[Curve]) -> Markup:
    """When half have left, or that it has not come to that."""
    curve = curves[0]
    month, last = curve.steps[-1]
    if curve.median is not None:
        return context.say(
            N_("Half of the customers have left {days} days after their first payment"),
            days=context.printer.count("lifetime_median", curve.median, "tenure_days"),
        )
    return context.say(
        N_("After {months} months {share} of the customers are still here"),
        months=context.formats.number(month),
        share=context.printer.percent("survival_S_t", last, "survival"),
    )


@dataclass(frozen=True)
class HeatCell:
    """A cell of the cohort table: its number and the class of its colour."""

    number: Number | None
    tone: str
    is_late: bool


@dataclass(frozen=True)
class Heat:
    """Cohorts by months since their start."""

    ages: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, Number | None, str, tuple[HeatCell, ...]], ...]
    table: Table


# Classes of colour by threshold: a scale that interpolates could not follow the theme.
HEAT = ((0.95, "c5"), (0.9, "c4"), (0.8, "c3"), (0.65, "c2"), (0.0, "c1"))


def cohort_table(context: Context) -> Heat | None:
    """The last twelve cohorts; a cell not every member has reached is empty, never 0."""
    found = cohorts(context.release, context.edition)
    if not found:
        return None
    rows = []
    for start, cells in found:
        size = next(
            (context.printer.count("cohort_retention_k", row, "cohort_size") for row in cells.values()), None
        )
        line = []
        for age in range(13):
            row = cells.get(age)
            number = None if row is None else context.printer.percent("cohort_retention_k", row, "retention")
            tone = "" if number is None else next(tone for low, tone in HEAT if number.value >= low)
            line.append(HeatCell(number, tone, age % 3 != 0))
        first = cells.get(0)
        hidden = "" if first is None or line[0].number is not None else status_words(context, first)
        rows.append((context.formats.short_month(start), size, hidden, tuple(line)))
    ages = tuple((context.formats.number(age), age % 3 != 0) for age in range(13))
    table = Table(
        "cohorts",
        context.words.gettext(N_("Who is still here, by month of start")),
        [context.words.gettext(N_("Start")), "n", *(age for age, _ in ages)],
        [
            [name, size if size is not None else "", *(one.number or "" for one in line)]
            for name, size, _, line in rows
        ],
    )
    return Heat(ages, tuple(rows), table)


def bridge_table(context: Context) -> Table | None:
    """How monthly recurring revenue moved, month by month, newest first."""
    rows = mrr_bridge(context.release, context.edition)
    if not rows:
        return None
    words = context.words
    names = {
        "opening_mrr": N_("Opening"),
        "new_mrr": N_("New"),
        "reactivation_mrr": N_("Returned"),
        "resume_mrr": N_("Resumed"),
        "expansion_mrr": N_("Expanded"),
        "contraction_mrr": N_("Reduced"),
        "churn_mrr": N_("Lost"),
        "pause_mrr": N_("Paused"),
        "closing_mrr": N_("Closing"),
    }
    return Table(
        "bridge",
        words.gettext(
            N_(
                "Monthly recurring revenue: opening + new + returned + resumed + expanded − reduced − lost "
                "− paused = closing"
            )
        ),
        [words.gettext(N_("Period")), *(words.gettext(names[column]) for column in BRIDGE)],
        [
            [
                context.short(row),
                *(
                    context.printer.money("mrr_bridge", row, column, exact_amount=True)
                    or Cell("–", muted=True)
                    for column in BRIDGE
                ),
            ]
            for row in sorted(rows, key=lambda one: one.date("period_start") or dt.date.min, reverse=True)
        ],
    )
