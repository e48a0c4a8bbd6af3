"""Fabricated releases for the tests of the report: plausible rows in the marts, and edge variants.

The numbers are invented, but consistent: intervals contain their values, changes are differences of values.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from journey_fixture import IMPACT_COLUMNS, JOURNEY_COLUMNS, journey_rows, with_impacts

MART_COLUMNS: dict[str, dict[str, str]] = {
    **JOURNEY_COLUMNS,
    "marts.kpi_metric_values": {
        "metric": "text",
        "programme": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "value": "double",
        "unit": "text",
        "numerator": "double",
        "denominator": "double",
        "standard_error": "double",
        "ci_low": "double",
        "ci_high": "double",
        "previous_value": "double",
        "change": "double",
        "change_ci_low": "double",
        "change_ci_high": "double",
        "p_value": "double",
        "p_adjusted": "double",
        "signal": "text",
        "target": "double",
        "as_of": "timestamp",
    },
    "marts.kpi_nps": {
        "programme": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "promoters": "bigint",
        "passives": "bigint",
        "detractors": "bigint",
        "nps": "double",
        "standard_error": "double",
        "ci_low": "double",
        "ci_high": "double",
    },
    "marts.kpi_churn": {
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "opening_customers": "bigint",
        "churned_customers": "bigint",
        "logo_churn_rate": "double",
        "ci_low": "double",
        "ci_high": "double",
        "churn_events": "bigint",
        "intra_period_churn": "bigint",
        "opening_mrr": "decimal(18,4)",
        "churned_mrr": "decimal(18,4)",
        "grr": "double",
        "nrr": "double",
    },
    "marts.kpi_mrr_bridge": {
        "period_start": "date",
        "opening_mrr": "decimal(18,4)",
        "new_mrr": "decimal(18,4)",
        "reactivation_mrr": "decimal(18,4)",
        "resume_mrr": "decimal(18,4)",
        "expansion_mrr": "decimal(18,4)",
        "contraction_mrr": "decimal(18,4)",
        "churn_mrr": "decimal(18,4)",
        "pause_mrr": "decimal(18,4)",
        "closing_mrr": "decimal(18,4)",
        "publish_status": "text",
    },
    "marts.kpi_churn_reasons": {
        "reason": "text",
        "reason_group": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "churned_customers": "bigint",
        "share": "double",
        "ci_low": "double",
        "ci_high": "double",
        "cumulative_share": "double",
        "mrr_lost": "decimal(18,4)",
        "mrr_share": "double",
        "rank": "bigint",
        "is_avoidable": "boolean",
    },
    "marts.kpi_retention_cohorts": {
        "cohort_month": "date",
        "months_since": "bigint",
        "cohort_size": "bigint",
        "retained": "bigint",
        "retention": "double",
        "publish_status": "text",
    },
    "marts.kpi_survival": {
        "dimension": "text",
        "dimension_value": "text",
        "tenure_days": "bigint",
        "at_risk": "bigint",
        "churned": "bigint",
        "hazard": "double",
        "survival": "double",
        "ci_low": "double",
        "ci_high": "double",
        "cumulative_incidence_voluntary": "double",
        "cumulative_incidence_involuntary": "double",
        "base": "bigint",
        "publish_status": "text",
    },
    "marts.kpi_response_times": {
        "wait": "text",
        "clock": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "tickets": "bigint",
        "answered": "bigint",
        "answered_share": "double",
        "median_minutes": "double",
        "median_ci_low": "double",
        "median_ci_high": "double",
        "p75_minutes": "double",
        "p90_minutes": "double",
        "mean_answered_minutes": "double",
        "restricted_mean_minutes": "double",
    },
    "marts.kpi_sla": {
        "metric": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "met": "bigint",
        "breached": "bigint",
        "running": "bigint",
        "attainment": "double",
        "ci_low": "double",
        "ci_high": "double",
    },
    "marts.kpi_staff": {
        "metric": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "status": "text",
        "publish_status": "text",
        "base": "bigint",
        "rate": "double",
        "company_rate": "double",
        "standardised_rate": "double",
        "shrunk_rate": "double",
        "shrunk_ci_low": "double",
        "shrunk_ci_high": "double",
        "funnel_low_998": "double",
        "funnel_high_998": "double",
    },
    "marts.kpi_backlog": {
        "date_day": "date",
        "dimension": "text",
        "dimension_value": "text",
        "open_tickets": "bigint",
        "median_age_minutes": "double",
        "p90_age_minutes": "double",
        "open_below_1_day": "bigint",
        "open_1_to_3_days": "bigint",
        "open_3_to_7_days": "bigint",
        "open_7_to_30_days": "bigint",
        "open_30_days_and_more": "bigint",
        "base": "bigint",
        "publish_status": "text",
    },
    "marts.kpi_csi_attributes": {
        "programme": "text",
        "attribute": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "satisfaction": "double",
        "ci_low": "double",
        "ci_high": "double",
        "importance_stated": "double",
        "importance_ci_low": "double",
        "importance_ci_high": "double",
        "importance_derived": "double",
        "gap": "double",
        "satisfaction_cut": "double",
        "importance_cut": "double",
        "quadrant": "text",
    },
    "marts.kpi_csi_importance": {
        "programme": "text",
        "attribute": "text",
        "period_grain": "text",
        "period_start": "date",
        "base": "bigint",
        "publish_status": "text",
        "imp_johnson": "double",
        "johnson_ci_low": "double",
        "johnson_ci_high": "double",
        "johnson_rank": "bigint",
        "r_squared": "double",
    },
    "marts.kpi_mix_effects": {
        "metric": "text",
        "programme": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "base": "bigint",
        "publish_status": "text",
        "value": "double",
        "previous_value": "double",
        "change": "double",
        "rate_effect": "double",
        "mix_effect": "double",
        "interaction_effect": "double",
    },
    "marts.kpi_survey_nonresponse": {
        "programme": "text",
        "period_grain": "text",
        "period_start": "date",
        "frame_variable": "text",
        "frame_value": "text",
        "base": "bigint",
        "publish_status": "text",
        "delivered": "bigint",
        "response_rate": "double",
        "others_response_rate": "double",
        "gap": "double",
        "ci_low": "double",
        "ci_high": "double",
    },
    "marts.kpi_comment_themes": {
        **IMPACT_COLUMNS,
        "source": "text",
        "theme": "text",
        "period_grain": "text",
        "period_start": "date",
        "dimension": "text",
        "dimension_value": "text",
        "base": "bigint",
        "named": "bigint",
        "liked": "bigint",
        "disliked": "bigint",
        "theme_share": "double",
        "ci_low": "double",
        "ci_high": "double",
        "like_share": "double",
        "dislike_share": "double",
        "previous_share": "double",
        "change": "double",
        "change_ci_low": "double",
        "change_ci_high": "double",
        "p_adjusted": "double",
        "signal": "text",
        "publish_status": "text",
    },
    "marts.fct_comments": {
        "comment_id": "text",
        "response_id": "text",
        "segment": "text",
        "channel": "text",
        "language": "text",
        "text": "text",
        "sentiment": "text",
        "commented_date": "date",
        "commented_at": "timestamp",
    },
    "marts.fct_survey_answers": {
        "response_id": "text",
        "question_id": "text",
        "answer_no": "bigint",
        "metric": "text",
        "score": "double",
        "nps_class": "text",
    },
    "marts.fct_followups": {
        "followup_id": "text",
        "segment": "text",
        "contact_minutes": "double",
        "is_contacted": "boolean",
        "is_resolved": "boolean",
        "opened_at": "timestamp",
    },
    "marts.dim_initiatives": {
        "initiative_id": "text",
        "name": "text",
        "metric": "text",
        "started_date": "date",
    },
    "marts.dim_metrics": {
        "metric": "text",
        "name": "text",
        "family": "text",
        "unit": "text",
        "currency": "text",
        "direction": "text",
        "formula": "text",
        "base": "text",
        "time_attribution": "text",
        "interval_kind": "text",
        "test_kind": "text",
        "section": "text",
        "owner": "text",
        "target": "double",
    },
    "marts.dim_churn_reasons": {
        "reason": "text",
        "reason_group": "text",
        "label_en": "text",
        "label_ru": "text",
        "label_lt": "text",
        "churn_type": "text",
        "is_avoidable": "boolean",
    },
    "quality.rule_hits": {
        "rule_id": "text",
        "action": "text",
        "system": "text",
        "table_name": "text",
        "rule_name": "text",
        "example_keys": "text",
        "found_in": "text",
        "n_checked": "bigint",
        "n_hit": "bigint",
        "share": "double",
    },
    "quality.release": {
        "release_id": "text",
        "version": "text",
        "as_of": "timestamp",
        "variables": "text",
    },
    "quality.check_results": {
        "check_id": "text",
        "kind": "text",
        "suite": "text",
        "subject": "text",
        "severity": "text",
        "status": "text",
        "observed": "text",
        "expected": "text",
        "message": "text",
        "as_of": "timestamp",
    },
    "quality.row_reconciliation": {
        "system": "text",
        "table_name": "text",
        "raw_rows": "bigint",
        "accepted_rows": "bigint",
        "rejected_rows": "bigint",
        "superseded_rows": "bigint",
    },
    "quality.rejected_rows": {
        "system": "text",
        "table_name": "text",
        "row_key": "text",
        "reason": "text",
        "raw_row": "text",
        "rejected_at": "timestamp",
    },
}

Rows = dict[str, list[dict[str, Any]]]
AS_OF = dt.datetime(2026, 11, 5, 6, 0)
LAST = dt.date(2026, 10, 1)
REASONS = (
    ("too_expensive", "price_value", True),
    ("slow_response", "service", True),
    ("missing_feature", "product", True),
    ("competitor_offer", "competitor_offer", True),
    ("business_closed", "life_change", False),
    ("unresolved_issue", "service", True),
    ("usability", "product", True),
    ("price_increase", "price_value", True),
    ("moved", "life_change", False),
    ("payment_failure", "payment_failure", True),
    ("trust_privacy", "trust_privacy", True),
    ("unknown", "unknown", False),
)


LABELS = (
    ("Too expensive", "Слишком дорого", "Per brangu"),
    ("Slow response", "Медленный ответ", "Lėtas atsakymas"),
    ("Missing feature", "Нет нужной функции", "Trūksta funkcijos"),
    ("Better competitor offer", "Лучшее предложение конкурента", "Geresnis konkurento pasiūlymas"),
    ("Business closed", "Бизнес закрылся", "Veikla nutraukta"),
    ("Problem not solved", "Проблема не решена", "Problema neišspręsta"),
    ("Hard to use", "Неудобно пользоваться", "Sudėtinga naudotis"),
    ("Price increase", "Повышение цены", "Kainos padidėjimas"),
    ("Moved away", "Переезд", "Persikėlė"),
    ("Payment failed", "Платёж не прошёл", "Nepavyko mokėjimas"),
    ("Trust or privacy", "Доверие, данные", "Pasitikėjimas, privatumas"),
    ("No reason recorded", "Причина не указана", "Priežastis nenurodyta"),
)


def month_back(months: int, last: dt.date = LAST) -> dt.date:
    index = last.year * 12 + last.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, 1)


def metric_rows(
    metric: str,
    programme: str,
    unit: str,
    values: Sequence[float | None],
    half: float,
    base: int,
    *,
    target: float | None = None,
    signals: Mapping[int, str] | None = None,
    status: Callable[[int], str] = lambda index: "ok",
) -> list[dict[str, Any]]:
    """Monthly totals ending with the partial month after LAST; `values` end with it too."""
    rows = []
    previous: float | None = None
    count = len(values)
    for index, value in enumerate(values):
        start = month_back(count - 2 - index)
        state = "immature" if start > LAST else status(index)
        hidden = state in ("suppressed", "not_estimable")
        shown = None if hidden else value
        if value is None and not hidden:
            previous = None
            continue
        change = None if shown is None or previous is None else shown - previous
        signal = None
        if change is not None and state == "ok":
            signal = (signals or {}).get(
                index, "none" if abs(change) < half else ("up" if change > 0 else "down")
            )
        rows.append(
            {
                "metric": metric,
                "programme": programme,
                "period_grain": "month",
                "period_start": start,
                "dimension": "total",
                "dimension_value": "total",
                "base": 3 if state == "suppressed" else 17 if state == "low_base" else base + index,
                "publish_status": state,
                "value": shown,
                "unit": unit,
                "ci_low": None if shown is None else shown - half,
                "ci_high": None if shown is None else shown + half,
                "previous_value": previous if shown is not None else None,
                "change": change,
                "change_ci_low": None if change is None else change - half * math.sqrt(2),
                "change_ci_high": None if change is None else change + half * math.sqrt(2),
                "p_value": None if change is None else 0.01 if signal in ("up", "down") else 0.4,
                "p_adjusted": None if change is None else 0.02 if signal in ("up", "down") else 0.6,
                "signal": signal,
                "target": target,
                "as_of": AS_OF,
            }
        )
        previous = shown
    return rows


def wave(seed: int, count: int, middle: float, swing: float, drift: float = 0.0) -> list[float | None]:
    draw = random.Random(seed)
    return [
        middle + drift * index + swing * math.sin(index / 2.3 + seed) + swing * 0.4 * (draw.random() - 0.5)
        for index in range(count)
    ]


def nps_rows(
    programme: str,
    grain: str,
    start: dt.date,
    dimension: str,
    value: str,
    p: int,
    n: int,
    d: int,
    status: str = "ok",
) -> dict[str, Any]:
    base = p + n + d
    nps = 100 * (p - d) / base
    half = 196 * math.sqrt(max((p + d) / base - ((p - d) / base) ** 2, 0.01) / base)
    hidden = status == "suppressed"
    return {
        "programme": programme,
        "period_grain": grain,
        "period_start": start,
        "dimension": dimension,
        "dimension_value": value,
        "base": base,
        "publish_status": status,
        "promoters": None if hidden else p,
        "passives": None if hidden else n,
        "detractors": None if hidden else d,
        "nps": None if hidden else nps,
        "standard_error": None if hidden else half / 1.96,
        "ci_low": None if hidden else max(nps - half, -100),
        "ci_high": None if hidden else min(nps + half, 100),
    }


def reason_rows(
    start: dt.date, grain: str, counts: Sequence[tuple[str, str, bool, int, float]], status: str = "ok"
) -> list[dict[str, Any]]:
    whole = sum(count for *_, count, _ in counts)
    money = sum(amount for *_, amount in counts) or 1.0
    reached = 0
    rows = []
    for rank, (reason, group, avoidable, count, amount) in enumerate(
        sorted(counts, key=lambda item: -item[3]), start=1
    ):
        reached += count
        share = count / whole
        half = 1.96 * math.sqrt(share * (1 - share) / whole)
        rows.append(
            {
                "reason": reason,
                "reason_group": group,
                "period_grain": grain,
                "period_start": start,
                "dimension": "total",
                "dimension_value": "total",
                "base": whole,
                "publish_status": status,
                "churned_customers": count,
                "share": share,
                "ci_low": max(share - half, 0),
                "ci_high": min(share + half, 1),
                "cumulative_share": reached / whole,
                "mrr_lost": round(amount, 2),
                "mrr_share": amount / money,
                "rank": rank,
                "is_avoidable": avoidable,
            }
        )
    return rows


def response_row(
    grain: str,
    start: dt.date,
    dimension: str,
    value: str,
    median: float | None,
    tail: float | None,
    base: int,
    status: str,
    wait: str = "first_reply",
    clock: str = "calendar",
) -> dict[str, Any]:
    return {
        "wait": wait,
        "clock": clock,
        "period_grain": grain,
        "period_start": start,
        "dimension": dimension,
        "dimension_value": value,
        "base": base,
        "publish_status": status,
        "tickets": base,
        "answered": int(base * 0.96),
        "answered_share": int(base * 0.96) / base if base else None,
        "median_minutes": median,
        "median_ci_low": None if median is None else median * 0.9,
        "median_ci_high": None if median is None else median * 1.12,
        "p75_minutes": None if tail is None else tail * 0.5,
        "p90_minutes": tail,
        "mean_answered_minutes": median,
        "restricted_mean_minutes": tail,
    }


COMMENTS = (
    "They answered within the hour.",
    "Пообещали перезвонить и не перезвонили.",
    "Sąskaita atėjo be klaidų.",
    "Too dear for what it does. " * 20,
)


def group_values() -> list[dict[str, Any]]:
    """Stages, teams, offices and a segment of a few measures, in the month reported and the one before."""
    rows: list[dict[str, Any]] = []
    for metric, programme, unit, dimension, values in (
        (
            "nps_rel",
            "relational",
            "points",
            "stage",
            {"start": (22.0, 60), "use": (44.0, 190), "help": (9.0, 12)},
        ),
        ("csat_t2b", "transactional", "ratio", "touchpoint", {"support": (0.84, 400), "unknown": (0.8, 40)}),
        (
            "sla_attainment",
            "none",
            "ratio",
            "team",
            {"Billing": (0.95, 300), "Setup": (0.71, 240), "Night": (0.9, 8)},
        ),
        ("sla_attainment", "none", "ratio", "office", {"Riga": (0.91, 300), "Vilnius": (0.9, 200)}),
        ("fcr", "none", "ratio", "team", {"Billing": (0.74, 300), "Setup": (0.7, 240), "Night": (None, 3)}),
        ("nps_rel", "relational", "points", "segment", {"phone": (41.0, 114), "email": (-5.0, 63)}),
    ):
        half = 6.0 if unit == "points" else 0.03
        for value, (number, base) in values.items():
            for back, shift in ((1, -half), (0, 0.0)):
                shown = None if number is None else number + shift
                has_change = back == 0 and number is not None
                rows.append(
                    {
                        "metric": metric,
                        "programme": programme,
                        "period_grain": "month",
                        "period_start": month_back(back),
                        "dimension": dimension,
                        "dimension_value": value,
                        "base": base,
                        "publish_status": "suppressed" if base < 5 else "low_base" if base < 30 else "ok",
                        "value": shown,
                        "unit": unit,
                        "ci_low": None if shown is None else shown - half,
                        "ci_high": None if shown is None else shown + half,
                        "previous_value": number - half if has_change else None,
                        "change": half if has_change else None,
                        "p_value": 0.2 if has_change else None,
                        "p_adjusted": 0.3 if has_change else None,
                        "signal": "none" if has_change and base >= 30 else None,
                        "target": None,
                        "as_of": AS_OF,
                    }
                )
    return rows


def theme_rows() -> list[dict[str, Any]]:
    """Themes of surveys and reviews in the month reported."""
    found = []
    for source, base, status in (("survey", 420, "ok"), ("review", 12, "low_base")):
        for theme, named, liked, disliked in (
            ("any", base // 2, 6, 4),
            ("waiting", base // 4, 1, 3),
            ("price", base // 6, 0, 1),
            ("own theme", base // 12, 2, 0),
        ):
            share = named / base
            found.append(
                {
                    "source": source,
                    "theme": theme,
                    "period_grain": "month",
                    "period_start": LAST,
                    "dimension": "total",
                    "dimension_value": "total",
                    "base": base,
                    "named": named,
                    "liked": liked,
                    "disliked": disliked,
                    "theme_share": share,
                    "ci_low": max(share - 0.04, 0.0),
                    "ci_high": share + 0.04,
                    "like_share": liked / base,
                    "dislike_share": disliked / base,
                    **theme_change(theme, share, status),
                    "publish_status": status,
                }
            )
    return found


def theme_change(theme: str, share: float, status: str) -> dict[str, Any]:
    """The change of a theme since the month before: waiting rose, price fell, the rest did neither."""
    change = {"waiting": 0.09, "price": -0.08}.get(theme, 0.01)
    return {
        "previous_share": share - change,
        "change": change,
        "change_ci_low": change - 0.03,
        "change_ci_high": change + 0.03,
        "p_adjusted": 0.001 if abs(change) > 0.03 else 0.6,
        "signal": None
        if status != "ok"
        else "none"
        if abs(change) < 0.03
        else "up"
        if change > 0
        else "down",
    }


# Attribute, satisfaction, importance and where the intervals put it.
ATTRIBUTES = (
    ("speed", 66.2, 92.0, "concentrate"),
    ("price", 73.9, 88.0, "undetermined"),
    ("invoices", 61.5, 55.0, "low_priority"),
    ("staff", 86.4, 74.0, "possible_overkill"),
    ("reliability", 82.1, 81.0, "keep"),
    ("usability", 80.3, 60.0, "possible_overkill"),
)


def attribute_rows() -> dict[str, list[dict[str, Any]]]:
    """The attributes in the month and the year, in two segments, and what goes with the whole."""
    rows: dict[str, list[dict[str, Any]]] = {"marts.kpi_csi_attributes": [], "marts.kpi_csi_importance": []}
    cut = [sum(one[place] for one in ATTRIBUTES) / len(ATTRIBUTES) for place in (1, 2)]
    cells = [("month", LAST, "total", "total", 0.0), ("year", dt.date(2026, 1, 1), "total", "total", 0.0)]
    cells += [("month", LAST, "segment", name, shift) for name, shift in (("phone", 3.0), ("email", -6.0))]
    for rank, (attribute, satisfaction, importance, quadrant) in enumerate(ATTRIBUTES):
        for grain, start, dimension, value, shift in cells:
            number = satisfaction + shift
            base = 17 if (attribute, value) == ("usability", "email") else 300 + rank
            rows["marts.kpi_csi_attributes"].append(
                {
                    "programme": "relational",
                    "attribute": attribute,
                    "period_grain": grain,
                    "period_start": start,
                    "dimension": dimension,
                    "dimension_value": value,
                    "base": base,
                    "publish_status": "low_base" if base < 30 else "ok",
                    "satisfaction": number,
                    "ci_low": number - 1.8,
                    "ci_high": number + 1.8,
                    "importance_stated": importance,
                    "importance_ci_low": importance - 2.0,
                    "importance_ci_high": importance + 2.0,
                    "importance_derived": None,
                    "gap": importance - number,
                    "satisfaction_cut": cut[0],
                    "importance_cut": cut[1],
                    "quadrant": quadrant,
                }
            )
        weight = 0.3 - 0.05 * rank
        rows["marts.kpi_csi_importance"].append(
            {
                "programme": "relational",
                "attribute": attribute,
                "period_grain": "year",
                "period_start": dt.date(2025, 1, 1),
                "base": 340,
                "publish_status": "ok",
                "imp_johnson": weight,
                "johnson_ci_low": weight - 0.02,
                "johnson_ci_high": weight + 0.02,
                "johnson_rank": 1 if rank == 0 else None,
                "r_squared": 0.51,
            }
        )
    return rows


def sample_rows() -> dict[str, list[dict[str, Any]]]:
    """Who answered: the mix behind the change of the NPS, and who answers more often than the rest."""
    mix = {
        "metric": "nps_rel",
        "programme": "relational",
        "period_grain": "month",
        "period_start": LAST,
        "dimension": "segment",
        "base": 404,
        "publish_status": "ok",
        "value": 41.5,
        "previous_value": 33.0,
        "change": 8.5,
        "rate_effect": 7.7,
        "mix_effect": 1.2,
        "interaction_effect": -0.4,
    }
    frames = (("segment", "phone", 0.09), ("segment", "email", -0.09), ("later_churn", "left", None))
    heard = [
        {
            "programme": "relational",
            "period_grain": "month",
            "period_start": LAST,
            "frame_variable": variable,
            "frame_value": value,
            "base": 3 if gap is None else 300,
            "publish_status": "suppressed" if gap is None else "ok",
            "delivered": 300,
            "response_rate": None if gap is None else 0.3 + gap,
            "others_response_rate": None if gap is None else 0.3,
            "gap": gap,
            "ci_low": None if gap is None else gap - 0.05,
            "ci_high": None if gap is None else gap + 0.05,
        }
        for variable, value, gap in frames
    ]
    return {"marts.kpi_mix_effects": [mix], "marts.kpi_survey_nonresponse": heard}


def demo(months: int = 25) -> Rows:
    """A company with two good years of data: every mart filled."""
    count = months + 1
    values: list[dict[str, Any]] = []
    classes = [
        (150 + 4 * i + int(12 * math.sin(i / 2.1)), 110, 112 - i - int(8 * math.sin(i / 2.1)))
        for i in range(count)
    ]
    classes[-3], classes[-2] = (238, 112, 92), (254, 106, 74)
    nps = [100 * (p - d) / (p + n + d) for p, n, d in classes]
    values += metric_rows(
        "nps_rel", "relational", "points", nps, 3.4, 380, target=40.0, signals={count - 2: "up"}
    )
    values += metric_rows(
        "csi", "relational", "score_0_100", wave(2, count, 76, 1.4, 0.05), 1.1, 360, target=80.0
    )
    values += metric_rows(
        "csat_t2b", "transactional", "ratio", wave(3, count, 0.83, 0.02, 0.001), 0.012, 900, target=0.85
    )
    values += metric_rows("csat_t2b", "relational", "ratio", wave(4, count, 0.7, 0.02), 0.03, 200)
    values += metric_rows("ces_5", "transactional", "ratio", wave(5, count, 0.71, 0.03), 0.03, 210)
    churn = wave(6, count, 0.018, 0.003, 0.0001)
    churn[-2] = 0.0251
    churn[-3] = 0.0160
    values += metric_rows(
        "logo_churn_rate", "none", "ratio", churn, 0.004, 390, target=0.02, signals={count - 2: "up"}
    )
    values += metric_rows("nrr", "none", "ratio", wave(7, count, 1.01, 0.01), 0.012, 390)
    values += metric_rows("grr", "none", "ratio", wave(8, count, 0.96, 0.01), 0.01, 390, target=0.95)
    median = wave(9, count, 48, 9, -0.6)
    tail = wave(10, count, 420, 60, -5)
    tail[-2], tail[-3] = 232.0, 267.0
    values += metric_rows("frt_human_median", "none", "minutes", median, 4, 940)
    values += metric_rows(
        "frt_human_p90", "none", "minutes", tail, 14, 940, target=240.0, signals={count - 2: "down"}
    )
    values += metric_rows(
        "sla_attainment",
        "none",
        "ratio",
        [None] * (count - 6) + wave(11, 6, 0.91, 0.01),
        0.008,
        930,
        target=0.9,
    )
    values += metric_rows("fcr", "none", "ratio", wave(12, count, 0.72, 0.02), 0.02, 800)
    values += metric_rows("reopen_rate", "none", "ratio", wave(13, count, 0.06, 0.01), 0.01, 800)
    values += metric_rows(
        "survey_response_rate", "relational", "ratio", wave(14, count, 0.23, 0.01), 0.01, 1700
    )
    rows: Rows = {name: [] for name in MART_COLUMNS}
    rows["marts.kpi_metric_values"] = values
    for back in range(months - 1, -2, -1):
        start = month_back(back)
        status = "immature" if back < 0 else "ok"
        rows["marts.kpi_nps"].append(
            nps_rows("relational", "month", start, "total", "total", *classes[months - 1 - back], status)
        )
        for channel, (p, n, d) in {
            "phone": (80, 20, 14),
            "app": (60, 30, 20),
            "web": (40, 30, 22),
            "email": (21, 18, 24),
            "unknown": (2, 1, 1),
        }.items():
            rows["marts.kpi_nps"].append(
                nps_rows(
                    "relational",
                    "month",
                    start,
                    "segment",
                    channel,
                    p,
                    n,
                    d,
                    "suppressed" if channel == "unknown" else status,
                )
            )
        opening = 380 + 2 * (months - back)
        lost = 7 + back % 4
        rows["marts.kpi_churn"].append(
            {
                "period_grain": "month",
                "period_start": start,
                "dimension": "total",
                "dimension_value": "total",
                "base": opening,
                "publish_status": status,
                "opening_customers": opening,
                "churned_customers": lost,
                "logo_churn_rate": lost / opening,
                "ci_low": 0.01,
                "ci_high": 0.05,
                "churn_events": lost + 1,
                "intra_period_churn": 1,
                "opening_mrr": 61234.5 + 100 * back,
                "churned_mrr": 1212.25,
                "grr": 0.961,
                "nrr": 1.012,
            }
        )
        rows["marts.kpi_mrr_bridge"].append(
            {
                "period_start": start,
                "opening_mrr": 61234.5,
                "new_mrr": 1800,
                "reactivation_mrr": 120,
                "resume_mrr": 80,
                "expansion_mrr": 640,
                "contraction_mrr": 320,
                "churn_mrr": 1212.25,
                "pause_mrr": 90,
                "closing_mrr": 62252.25,
                "publish_status": status,
            }
        )
        half, slow = median[months - 1 - back], tail[months - 1 - back]
        for clock, factor in (("calendar", 1.0), ("business", 0.4)):
            rows["marts.kpi_response_times"].append(
                response_row(
                    "month",
                    start,
                    "total",
                    "total",
                    (half or 0) * factor,
                    (slow or 0) * factor,
                    900,
                    status,
                    clock=clock,
                )
            )
            for channel, size, m in (
                ("email", 400, 3.0),
                ("phone", 300, 0.4),
                ("chat", 160, 0.7),
                ("web", 40, 2.2),
            ):
                rows["marts.kpi_response_times"].append(
                    response_row(
                        "month",
                        start,
                        "channel",
                        channel,
                        (half or 0) * factor * m,
                        None if size < 50 else (slow or 0) * factor * m,
                        size,
                        status,
                        clock=clock,
                    )
                )
        rows["marts.kpi_sla"].append(
            {
                "metric": "first_reply",
                "period_grain": "month",
                "period_start": start,
                "dimension": "total",
                "dimension_value": "total",
                "base": 930,
                "publish_status": status,
                "met": 850,
                "breached": 80,
                "running": 0,
                "attainment": 850 / 930,
                "ci_low": 0.894,
                "ci_high": 0.93,
            }
        )
    small = [
        (r, g, a, c, 110.0 * c)
        for (r, g, a), c in zip(REASONS, (3, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1), strict=True)
        if c
    ]
    large = [
        (r, g, a, c, 140.0 * c)
        for (r, g, a), c in zip(REASONS, (21, 16, 11, 9, 7, 6, 5, 4, 3, 2, 1, 12), strict=True)
    ]
    rows["marts.kpi_churn_reasons"] += reason_rows(LAST, "month", small, "low_base")
    rows["marts.kpi_churn_reasons"] += reason_rows(
        dt.date(2026, 7, 1), "quarter", large[:6] + large[-1:], "ok"
    )
    rows["marts.kpi_churn_reasons"] += reason_rows(dt.date(2026, 1, 1), "year", large, "immature")
    rows["marts.kpi_churn_reasons"] += reason_rows(dt.date(2024, 10, 1), "all", large, "ok")
    for (reason, group, avoidable), labels in zip(REASONS, LABELS, strict=True):
        rows["marts.dim_churn_reasons"].append(
            {
                "reason": reason,
                "reason_group": group,
                "label_en": labels[0],
                "label_ru": labels[1],
                "label_lt": labels[2],
                "churn_type": "voluntary",
                "is_avoidable": avoidable,
            }
        )
    for cohort in range(12):
        for age in range(13 - cohort):
            rows["marts.kpi_retention_cohorts"].append(
                {
                    "cohort_month": month_back(12 - cohort),
                    "months_since": age,
                    "cohort_size": 34 + cohort,
                    "retained": int((34 + cohort) * 0.985**age),
                    "retention": int((34 + cohort) * 0.985**age) / (34 + cohort),
                    "publish_status": "ok",
                }
            )
    for plan, speed in (("total", 1.0), ("monthly", 1.6), ("annual", 0.6)):
        left, survival = 400, 1.0
        for day in range(20, 700, 20):
            lost = max(1, int(left * 0.012 * speed))
            survival *= 1 - lost / left
            rows["marts.kpi_survival"].append(
                {
                    "dimension": "total" if plan == "total" else "plan",
                    "dimension_value": plan,
                    "tenure_days": day,
                    "at_risk": left,
                    "churned": lost,
                    "hazard": lost / left,
                    "survival": survival,
                    "ci_low": max(survival - 0.04, 0),
                    "ci_high": min(survival + 0.04, 1),
                    "cumulative_incidence_voluntary": 1 - survival,
                    "cumulative_incidence_involuntary": 0.0,
                    "base": 400,
                    "publish_status": "ok",
                }
            )
            left -= lost + 4
    for day in range(120):
        a, b, c, d, e = 60 + day % 9, 30 + day % 5, 22 + day % 4, 14 + day % 3, 4
        rows["marts.kpi_backlog"].append(
            {
                "date_day": AS_OF.date() - dt.timedelta(days=120 - day),
                "dimension": "total",
                "dimension_value": "total",
                "open_tickets": a + b + c + d + e,
                "median_age_minutes": 1900.0,
                "p90_age_minutes": 11000.0,
                "open_below_1_day": a,
                "open_1_to_3_days": b,
                "open_3_to_7_days": c,
                "open_7_to_30_days": d,
                "open_30_days_and_more": e,
                "base": a + b + c + d + e,
                "publish_status": "ok",
            }
        )
    for more in (attribute_rows(), sample_rows(), journey_rows(LAST, month_back(1))):
        for mart, found in more.items():
            rows[mart] += found
    for metric, name, formula in (
        ("nps_rel", "Relational NPS", "100 × (promoters − detractors) / answers"),
        ("logo_churn_rate", "Logo churn rate", "customers lost by the end / customers at the start"),
        ("clv_seed", "Customer value", "not measured in this release"),
    ):
        rows["marts.dim_metrics"].append(
            {
                "metric": metric,
                "name": name,
                "family": "nps" if metric.startswith("nps") else "churn",
                "unit": "money" if metric.startswith("clv") else "points",
                "currency": "EUR" if metric.startswith("clv") else None,
                "direction": "up",
                "formula": formula,
                "base": "valid answers; skipped and test answers out",
                "time_attribution": "responded_at",
                "interval_kind": "T6 adjusted Wald",
                "test_kind": "2.2.3",
                "section": "2.2",
                "owner": "feedback",
                "target": 40.0,
            }
        )
    rows["marts.kpi_metric_values"] += group_values()
    rows["marts.kpi_comment_themes"] += with_impacts(theme_rows())
    for dimension, unit, rate, base, status in (
        ("team", "Billing", 0.93, 300, "within"),
        ("team", "Setup", 0.71, 240, "below"),
        ("team", "Night", None, 8, None),
        ("employee", "Ann Agent", 0.61, 90, "below"),
        ("employee", "Bob Agent", 0.91, 90, "within"),
    ):
        rows["marts.kpi_staff"].append(
            {
                "metric": "sla_attainment",
                "period_grain": "quarter",
                "period_start": dt.date(2026, 7, 1),
                "dimension": dimension,
                "dimension_value": unit,
                "status": status,
                "publish_status": "suppressed" if rate is None else "ok",
                "base": base,
                "rate": rate,
                "company_rate": 0.9,
                "standardised_rate": rate,
                "shrunk_rate": rate,
                "shrunk_ci_low": None if rate is None else rate - 0.03,
                "shrunk_ci_high": None if rate is None else rate + 0.03,
                "funnel_low_998": None if rate is None else 0.85,
                "funnel_high_998": None if rate is None else 0.95,
            }
        )
    for number, text in enumerate(COMMENTS * 3):
        score, kind = ((3, "detractor"), (8, "passive"), (10, "promoter"))[number % 3]
        rows["marts.fct_comments"].append(
            {
                "comment_id": f"survey:{number}",
                "response_id": f"R{number}",
                "segment": "phone",
                "channel": "email",
                "language": ("en", "ru", "lt", "unknown")[number % 4],
                "text": text,
                "sentiment": "neutral",
                "commented_date": LAST + dt.timedelta(days=number),
                "commented_at": dt.datetime.combine(LAST + dt.timedelta(days=number), dt.time(9)),
            }
        )
        rows["marts.fct_survey_answers"].append(
            {
                "response_id": f"R{number}",
                "question_id": "rel_nps",
                "answer_no": 1,
                "metric": "nps",
                "score": score,
                "nps_class": kind,
            }
        )
        rows["marts.fct_followups"].append(
            {
                "followup_id": f"F{number}",
                "segment": "phone",
                "contact_minutes": None if number % 3 == 0 else 600.0 * number,
                "is_contacted": number % 3 != 0,
                "is_resolved": number % 4 == 1,
                "opened_at": dt.datetime.combine(month_back(number % 3), dt.time(8)),
            }
        )
    for number, (name, metric) in enumerate(
        (
            ("Longer hours in Vilnius", "frt_human_median"),
            ("A new price list", None),
            ("A blog", "bounce_rate"),
        )
    ):
        rows["marts.dim_initiatives"].append(
            {
                "initiative_id": f"I{number}",
                "name": name,
                "metric": metric,
                "started_date": month_back(3 + number) + dt.timedelta(days=9),
            }
        )
    for rule, name, hits in (("22", "N/A is no answer", 12), ("8", "from the future", 0)):
        rows["quality.rule_hits"].append(
            {
                "rule_id": rule,
                "action": "repair",
                "system": "surveys",
                "table_name": "answers",
                "rule_name": name,
                "example_keys": "A-1, A-2",
                "found_in": "quality.repaired_rows",
                "n_checked": 21044,
                "n_hit": hits,
                "share": hits / 21044,
            }
        )
    rows["quality.release"].append(
        {"release_id": "00ff00ff00ff00ff", "version": "0.1.0", "as_of": AS_OF, "variables": "{}"}
    )
    for number in range(214):
        rows["quality.check_results"].append(
            {
                "check_id": f"check_{number:03}",
                "kind": "dbt_test",
                "suite": "dbt tests",
                "status": "fail" if number < 2 else "pass",
                "severity": "warning" if number < 2 else "critical",
                "subject": "kpi_nps",
                "expected": "0 rows",
                "observed": "7 rows" if number < 2 else "0 rows",
                "as_of": AS_OF,
            }
        )
    for system, table, raw, rejected in (
        ("crm", "customers", 412, 2),
        ("helpdesk", "tickets", 9600, 31),
        ("surveys", "answers", 21044, 6),
    ):
        rows["quality.row_reconciliation"].append(
            {
                "system": system,
                "table_name": table,
                "raw_rows": raw,
                "accepted_rows": raw - rejected - 1,
                "rejected_rows": rejected,
                "superseded_rows": 1,
            }
        )
        rows["quality.rejected_rows"] += [
            {
                "system": system,
                "table_name": table,
                "row_key": f"{table}-{n}",
                "reason": "untypable required value",
                "raw_row": json.dumps({"n": n}),
                "rejected_at": AS_OF,
            }
            for n in range(rejected)
        ]
    return rows


def empty() -> Rows:
    """Every mart is there and none has a row."""
    return {name: [] for name in MART_COLUMNS}


def with_values(
    rows: Rows,
    change: Callable[[dict[str, Any]], dict[str, Any] | None],
    mart: str = "marts.kpi_metric_values",
) -> Rows:
    """The release with each row of a mart changed, or left out where the change gives none."""
    return {**rows, mart: [new for row in rows[mart] if (new := change(dict(row))) is not None]}


HOSTILE = (
    "</p></svg><script>alert(document.cookie)</script>",
    "<img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} {name}",
    '=HYPERLINK("x","click") ]]> &lt;b&gt; \' \\ %s %(x)s',
    "A" * 200_000,
)


def hostile() -> Rows:
    """Hostile text in every text column that people's data fills."""
    rows = demo()
    for row in rows["marts.kpi_churn_reasons"]:
        if row["rank"] <= len(HOSTILE):
            row["reason"] = HOSTILE[row["rank"] - 1]
    for mart in (
        "marts.kpi_nps",
        "marts.kpi_response_times",
        "marts.kpi_survival",
        "marts.kpi_metric_values",
        "marts.kpi_staff",
    ):
        names: dict[str, str] = {}
        for row in rows[mart]:
            if row["dimension"] != "total":
                at = names.setdefault(
                    row["dimension_value"], HOSTILE[len(names) % len(HOSTILE)] + str(len(names))
                )
                row["dimension_value"] = at
    for row, text in zip(rows["quality.check_results"], HOSTILE, strict=False):
        row["check_id"], row["status"], row["severity"], row["message"] = text, "fail", "critical", text
        row["suite"], row["expected"], row["observed"] = HOSTILE[0], HOSTILE[1], HOSTILE[2]
    for row in rows["marts.kpi_survey_nonresponse"]:
        row["frame_value"] = HOSTILE[0] + row["frame_value"]
    for row in rows["quality.rejected_rows"]:
        row["row_key"], row["raw_row"], row["reason"] = HOSTILE[0], HOSTILE[1], HOSTILE[0]
    for row in rows["marts.dim_metrics"]:
        row["name"], row["formula"], row["owner"] = HOSTILE[2], HOSTILE[0], HOSTILE[1]
        row["family"], row["base"], row["time_attribution"] = HOSTILE[0], HOSTILE[1], HOSTILE[3]
        row["interval_kind"], row["test_kind"], row["section"] = HOSTILE[0], HOSTILE[1], HOSTILE[2]
    for row, text in zip(rows["marts.fct_comments"], HOSTILE * 3, strict=True):
        row["text"], row["channel"], row["sentiment"] = text, HOSTILE[0], HOSTILE[1]
        row["language"] = text
    for row in rows["marts.fct_survey_answers"]:
        row["nps_class"] = HOSTILE[0]
    for row in rows["marts.kpi_comment_themes"]:
        row["theme"] = row["theme"] if row["theme"] == "any" else HOSTILE[0] + row["theme"]
    for row in rows["marts.kpi_journey_stages"]:
        row["stage"] = row["stage"] if row["stage"] == "total" else HOSTILE[0] + row["stage"]
        row["channel"] = row["channel"] if row["channel"] == "total" else HOSTILE[1] + row["channel"]
    for row in rows["quality.rule_hits"]:
        row["rule_name"], row["table_name"], row["action"] = HOSTILE[0], HOSTILE[1], HOSTILE[2]
    for row in rows["marts.dim_initiatives"]:
        row["name"], row["metric"] = HOSTILE[0] + HOSTILE[1], None
    for row in rows["quality.release"]:
        row["version"], row["variables"] = HOSTILE[1], HOSTILE[0]
    for mart in ("marts.kpi_csi_attributes", "marts.kpi_csi_importance"):
        for row in rows[mart]:
            row["attribute"] = HOSTILE[len(row["attribute"]) % len(HOSTILE)] + row["attribute"]
    return rows


def write(
    path: Path,
    rows: Rows,
    *,
    leave_out: Sequence[str] = (),
    drop_columns: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write a release file with these rows; marts in `leave_out` do not exist at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    try:
        connection.execute("create schema marts")
        connection.execute("create schema quality")
        for name, columns in MART_COLUMNS.items():
            if name in leave_out:
                continue
            dropped = (drop_columns or {}).get(name, ())
            kept = {column: kind for column, kind in columns.items() if column not in dropped}
            fields = ", ".join(f'"{column}" {kind}' for column, kind in kept.items())
            connection.execute(f"create table {name} ({fields})")
            fill(connection, name, list(kept), rows.get(name, []))
    finally:
        connection.close()
    return path


def fill(
    connection: duckdb.DuckDBPyConnection,
    mart: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Put rows into a table, a few hundred at a time: one at a time is slow."""
    marks = f"({', '.join('?' for _ in columns)})"
    for start in range(0, len(rows), 400):
        some = rows[start : start + 400]
        values = [row.get(column) for row in some for column in columns]
        connection.execute(f"insert into {mart} values {', '.join([marks] * len(some))}", values)


def altered(base: Path, path: Path, mart: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A copy of a release with other rows in one mart."""
    shutil.copyfile(base, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"delete from {mart}")
        fill(connection, mart, list(MART_COLUMNS[mart]), rows)
    return path
