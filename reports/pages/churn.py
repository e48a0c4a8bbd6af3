"""Why customers leave: the reasons as a Pareto, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reports.charts import Bar, bars, draw
from reports.figures.subjects import Reasons, churn_reasons
from reports.numbers import text_of
from reports.pages.parts import Cell, Context, Figure, Table, status_words
from reports.release import Row
from reports.words import N_

MOST_BARS = 10
UNKNOWN = frozenset({"unknown", "other", ""})


def reason_name(context: Context, row: Row) -> str:
    """A reason in words."""
    return context.reason(row.text("reason"))


def shown_rows(reasons: Reasons) -> list[Row]:
    """The reasons that may be shown, in the mart's own order, which its cumulative share follows."""
    return [row for row in reasons.rows if row.number("churned_customers") is not None]


def title(context: Context, reasons: Reasons, shown: Sequence[Row]) -> Markup:
    """What the Pareto says, in the words of its own numbers."""
    ranked = [row for row in reasons.rows if row.number("share") is not None and (row.number("churned_customers") or 0) > 0]
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
    top = ranked[:3]
    if len(named) > 3 and top[-1].number("cumulative_share") is not None and all(row in named for row in top):
        return context.say(
            N_("Three reasons account for {share} of those who left: {reasons}"),
            share=context.printer.percent("churn_reason_share", top[-1], "cumulative_share"),
            reasons=context.formats.list([reason_name(context, row) for row in top]),
        )
    return context.say(
        N_("The reason named most often: {reason}, {share} of those who left"),
        reason=reason_name(context, first),
        share=context.printer.percent("churn_reason_share", first, "share"),
    )


def reasons_figure(context: Context, number: int) -> Figure:
    """The Pareto of reasons for the shortest period with enough departures."""
    words, printer = context.words, context.printer
    reasons = churn_reasons(context.release, context.month)
    figure_id = "f-reasons"
    if reasons is None or not shown_rows(reasons):
        return Figure(
            figure_id, number,
            context.say(N_("No reasons to show for {month}"), month=context.formats.month(context.month)),
            words.gettext(N_("Customers who left, by main reason")),
            empty=context.say(N_("No customer left, or too few did to say why.")),
        )  # fmt: skip
    shown = shown_rows(reasons)
    finding = title(context, reasons, shown)
    subtitle = context.say(
        N_("Customers who left by main reason, {period}: number, share of all and cumulative share"),
        period=context.period(reasons.period),
    )
    items = [bar(context, row, reasons.rows) for row in shown[:MOST_BARS]]
    description = words.gettext(N_("Bar chart of reasons for leaving, most frequent first. {finding}.")).format(
        finding=text_of(finding)
    )
    svg = draw(
        lambda width: bars(items, width, (words.gettext(N_("share")), words.gettext(N_("cum.")))),
        figure_id, description=description, labelled_by=f"{figure_id}-h",
    )  # fmt: skip
    note = context.say(
        N_("The share counts everyone who left, with a reason or without. Pale bars: no cause to act on.")
    )
    if len(shown) > MOST_BARS:
        note = (
            context.say(
                words.ngettext("One more reason in the table.", "{count} more reasons in the table.", len(shown) - MOST_BARS),
                count=context.formats.number(len(shown) - MOST_BARS),
            )
            + " "
            + note
        )
    if any(row.text("publish_status") == "low_base" for row in shown):
        note = context.say(N_("Fewer than 30 departures: a picture, not a ranking.")) + " " + note
    table = Table(
        words.gettext(N_("Every reason, with its interval and the monthly revenue lost")),
        [
            words.gettext(N_("Reason")), words.gettext(N_("Customers")), words.gettext(N_("Share")),
            words.gettext(N_("95% from")), words.gettext(N_("to")), words.gettext(N_("Cumulative")),
            words.gettext(N_("Revenue lost")), words.gettext(N_("Note")),
        ],
        [
            [
                reason_name(context, row),
                printer.count("churn_reason_share", row, "churned_customers") or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "share", 1) or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "ci_low", 1) or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "ci_high", 1) or Cell("–", muted=True),
                printer.percent("churn_reason_share", row, "cumulative_share", 1) or Cell("–", muted=True),
                printer.money("churn_reason_share", row, "mrr_lost", exact_amount=True) or Cell("–", muted=True),
                Cell(status_words(context, row), muted=True),
            ]
            for row in reasons.rows
        ],
    )  # fmt: skip
    return Figure(figure_id, number, finding, str(subtitle.striptags()), drawing=svg, note=note, table=table)


def bar(context: Context, row: Row, every: Sequence[Row]) -> Bar:
    """A reason's bar: dark while it belongs to the vital few, pale when it names no cause."""
    share = context.printer.percent("churn_reason_share", row, "share")
    cumulative = context.printer.percent("churn_reason_share", row, "cumulative_share")
    count = context.printer.count("churn_reason_share", row, "churned_customers")
    before = [other for other in every if (other.number("rank") or 0) < (row.number("rank") or 0)]
    reached = max((other.number("cumulative_share") or 0.0 for other in before), default=0.0)
    if row.text("reason") in UNKNOWN or ("is_avoidable" in row.values and row.values["is_avoidable"] is False):
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
