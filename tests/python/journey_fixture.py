"""Fabricated rows of the customer's way and of the closed loop, for the tests of the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

JOURNEY_COLUMNS: dict[str, dict[str, str]] = {
    "marts.kpi_closed_loop": {
        "programme": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "publish_status": "text",
        "recovery_signal": "text",
        "base": "bigint",
        "detractors": "bigint",
        "asked_again": "bigint",
        "recovered": "bigint",
        "on_time_rate": "double",
        "contact_rate": "double",
        "resolution_rate": "double",
        "recovery_rate": "double",
        "recovery_of_all_rate": "double",
        "contacted_recovery_rate": "double",
        "uncontacted_recovery_rate": "double",
    },
    "marts.kpi_journey_stages": {
        "metric": "text",
        "period_grain": "text",
        "period_start": "date",
        "stage": "text",
        "channel": "text",
        "publish_status": "text",
        "stage_order": "bigint",
        "base": "bigint",
        "score": "double",
        "ci_low": "double",
        "ci_high": "double",
        "stage_gap": "double",
        "p_adjusted": "double",
        "is_weakest": "boolean",
    },
    "marts.kpi_contact_issues": {
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "publish_status": "text",
        "base": "bigint",
        "switched": "bigint",
        "contacts_per_issue": "double",
        "channel_switch_rate": "double",
    },
}


# What themes do to the NPS, beside what kpi_comment_themes says of them.
IMPACT_COLUMNS = {
    "nps_base": "bigint",
    "nps": "double",
    "nps_ci_low": "double",
    "nps_ci_high": "double",
    "others_nps": "double",
    "nps_impact": "double",
    "nps_impact_ci_low": "double",
    "nps_impact_ci_high": "double",
    "nps_impact_signal": "text",
}


def with_impacts(themes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Themes of survey comments with the NPS of those who name them: waiting costs, the rest does nothing."""
    effects = {"waiting": (-6.0, "down"), "price": (-1.0, "none"), "own theme": (0.5, None)}
    found = []
    for row in themes:
        effect, signal = effects.get(row["theme"], (None, None))
        if row["source"] != "survey" or effect is None:
            found.append(row)
            continue
        found.append(
            {
                **row,
                "nps_base": row["named"],
                "nps": 20.0 + 4 * effect,
                "nps_ci_low": 5.0 + 4 * effect,
                "nps_ci_high": 35.0 + 4 * effect,
                "others_nps": 26.0,
                "nps_impact": effect,
                "nps_impact_ci_low": effect - 3,
                "nps_impact_ci_high": effect + 3,
                "nps_impact_signal": signal,
            }
        )
    return found


def loop_row(start: dt.date, base: int, **more: Any) -> dict[str, Any]:
    """The loop of a month, everyone together; below five cases nothing of it is shown."""
    is_small = base < 5
    rates = {
        "on_time_rate": 0.61,
        "contact_rate": 0.75,
        "resolution_rate": 0.5,
        "recovery_rate": 0.5,
        "recovery_of_all_rate": 0.225,
        "contacted_recovery_rate": 0.55,
        "uncontacted_recovery_rate": 0.3,
    }
    return {
        "programme": "relational",
        "period_grain": "month",
        "period_start": start,
        "dimension": "total",
        "dimension_value": "total",
        "publish_status": "suppressed" if is_small else "low_base" if base < 30 else "ok",
        "recovery_signal": None,
        "base": base,
        "detractors": base,
        "asked_again": base // 2,
        "recovered": base // 4,
        **{name: None if is_small else value for name, value in rates.items()},
        **more,
    }


def share_row(
    metric: str, start: dt.date, value: str | None, share: float, base: int, **more: Any
) -> dict[str, Any]:
    """A share of the long table, of everyone or of one stage or topic."""
    return {
        "metric": metric,
        "programme": "none",
        "period_grain": "month",
        "period_start": start,
        "dimension": "total",
        "dimension_value": value or "total",
        "base": base,
        "publish_status": "ok" if base >= 30 else "low_base",
        "value": share,
        "unit": "ratio",
        "numerator": round(share * base),
        "denominator": base,
        "ci_low": share - 0.05,
        "ci_high": share + 0.05,
        **more,
    }


def journey_rows(last: dt.date, before: dt.date) -> Mapping[str, list[dict[str, Any]]]:
    """Cases, steps, stages by channel and issues of a month, and some of the month before."""
    stages = [
        ("total", "total", None, 400, 80.0, None),
        ("start", "total", 4, 120, 88.0, 8.0),
        ("start", "email", 4, 60, 89.0, 9.0),
        ("start", "phone", 4, 60, 87.0, 7.0),
        ("help", "total", 7, 280, 76.6, -3.4),
        ("help", "email", 7, 40, 58.0, -22.0),
        ("help", "phone", 7, 236, 80.0, 0.0),
        ("help", "chat", 7, 4, None, None),
    ]
    return {
        "marts.kpi_closed_loop": [
            loop_row(last, 48, recovery_signal="up"),
            loop_row(before, 12),
        ],
        "marts.kpi_journey_stages": [
            {
                "metric": "csat",
                "period_grain": "month",
                "period_start": last,
                "stage": stage,
                "channel": channel,
                "publish_status": "ok" if base >= 30 else "suppressed",
                "stage_order": order,
                "base": base,
                "score": score,
                "ci_low": None if score is None else score - 4,
                "ci_high": None if score is None else score + 4,
                "stage_gap": gap,
                "p_adjusted": None if gap is None else 0.01 if gap < -10 else 0.4,
                "is_weakest": (stage, channel) == ("help", "email"),
            }
            for stage, channel, order, base, score, gap in stages
        ],
        "marts.kpi_contact_issues": [
            {
                "period_grain": "month",
                "period_start": last,
                "dimension": "total",
                "dimension_value": "total",
                "publish_status": "ok",
                "base": 240,
                "switched": 24,
                "contacts_per_issue": 1.44,
                "channel_switch_rate": 0.1,
            }
        ],
        "marts.kpi_metric_values": [
            share_row("loop_on_time_rate", last, None, 0.61, 46, programme="relational", target=0.8),
            share_row("funnel_step_rate", last, None, 0.31, 500),
            share_row("funnel_step_rate", last, "onboarding", 0.62, 500, dimension="stage"),
            share_row("funnel_step_rate", last, "use", 0.5, 310, dimension="stage", change=0.1, signal="up"),
            share_row("channel_switch_rate", last, None, 0.1, 240),
            share_row("channel_switch_rate", last, "invoices", 0.3, 60, dimension="topic"),
            share_row("channel_switch_rate", last, "errors", 0.1, 150, dimension="topic"),
            share_row("channel_switch_rate", last, "prices", 0.05, 20, dimension="topic"),
        ],
    }
