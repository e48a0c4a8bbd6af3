"""How values of a breakdown differ in how long they stay, and what customers are worth (METRICS §3.6, §5)."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from oracle_churn import (
    DAY,
    GRAINS,
    ZERO,
    Churn,
    Duration,
    Key,
    Life,
    Oracle,
    Row,
    Rows,
    days_between,
    first_of,
    hide,
    holm,
)
from oracle_feedback import Facts
from oracle_feedback import Settings as FeedbackSettings
from oracle_service import text
from scipy import stats

YEAR = Decimal("365.25")
COHORT_LABELS = ("total", "segment", "acquisition_channel")
HIDDEN = ("median_days", "restricted_mean_days", "early_life_churn")
YEARS = (0, 365, 730, 1095, 1461)
DISCOUNT = 0.1
MONEY = (
    "annual_revenue", "annual_margin", "annual_retention", "relationship_years", "acquisition_cost",
    "clv_seed", "clv_margin", "clv_margin_perpetual", "value_before_cost", "clv_survival", "ltv_cac",
    "clv_historic",
)  # fmt: skip
LOG_RANK = ("observed", "expected", "variance", "chi_square", "p_value", "p_adjusted")


def log_rank(own: Sequence[Duration], others: Sequence[Duration]) -> Row:
    """One curve against another (T10, TV-KM-3), with delayed entry."""
    observed = expected = variance = 0.0
    everybody = [*own, *others]
    for on in {life.days for life in everybody if life.cause}:
        there = sum(life.entry < on <= life.days for life in own)
        n = there + sum(life.entry < on <= life.days for life in others)
        gone = sum(life.days == on and life.cause is not None for life in everybody)
        observed += sum(life.days == on and life.cause is not None for life in own)
        expected += gone * there / n
        if n > 1:
            variance += gone * there / n * (n - there) / n * (n - gone) / (n - 1)
    square = (observed - expected) ** 2 / variance if variance > 0 else None
    return {
        "log_rank_observed": observed,
        "log_rank_expected": expected,
        "log_rank_variance": variance,
        "log_rank_chi_square": square,
        "log_rank_p_value": None if square is None else float(stats.chi2.sf(square, 1)),
    }


class Worth(Oracle):
    """Lifetimes of start cohorts, log-rank, and what each customer has been worth."""

    def cohorts(self) -> dict[Key, list[tuple[Life, Duration]]]:
        """First relationships by period of their start and breakdown."""
        found: dict[Key, list[tuple[Life, Duration]]] = defaultdict(list)
        for life, duration in self.first_relationships():
            for name, value in self.labels(life, life.first_paid).items():
                found["all", self.first_month, name, value].append((life, duration))
                for grain in GRAINS if name in COHORT_LABELS else ():
                    found[grain, first_of(grain, life.first_paid), name, value].append((life, duration))
        return found

    def kpi_lifetimes(self) -> Rows:
        """Every curve, and each known value of a breakdown against all other known ones."""
        cohorts = self.cohorts()
        rows: Rows = {key: self.lifetime([x for _, x in lives]) for key, lives in cohorts.items()}
        families: dict[Key, dict[Key, Sequence[Duration]]] = defaultdict(dict)
        for key, lives in cohorts.items():
            if key[0] == "all" and key[2] != "total" and key[3] != "unknown":
                families[key[:3]][key] = [duration for _, duration in lives]
            rows[key] |= {f"log_rank_{name}": None for name in LOG_RANK}
        for family in families.values():
            self._compare_values(rows, family)
        periods: dict[Key, dict[tuple[str, str], Row]] = defaultdict(dict)
        for key, row in rows.items():
            periods[key[:2]][key[2:]] = row
        for period in periods.values():
            hide(period, self.settings, HIDDEN, is_immature=False)
            for row in period.values():
                del row["publish_status"]
        return rows

    def _compare_values(self, rows: Rows, family: Mapping[Key, Sequence[Duration]]) -> None:
        tested = []
        for key, own in family.items():
            others = [life for other, lives in family.items() if other != key for life in lives]
            if not others:
                continue
            test = log_rank(own, others)
            if len(own) < self.settings.min_base_publish:
                test = dict.fromkeys(test)
            rows[key] |= test
            tested.append({"p_value": test["log_rank_p_value"], "key": key})
        told = [row for row in tested if row["p_value"] is not None]
        if len(family) > 2:
            holm(told)
        for row in told:
            rows[row["key"]]["log_rank_p_adjusted"] = row.get("p_adjusted") or row["p_value"]

    def fct_customer_values(self) -> Rows:
        """Revenue and margin to date of everybody who ever paid (§5)."""
        rows: Rows = {}
        rate = self.settings.gross_margin_rate
        for name, first in self.first_payments.items():
            life = self.lives.get(name)
            subscribed = ZERO if life is None else self.earned(life, life.first_paid, self.settings.today)
            orders = [
                order
                for order in self.raw.orders
                if order.customer_id == name and order.is_purchase and order.at <= self.settings.as_of
            ]
            known = (not subscribed or rate is not None) and all(order.margin is not None for order in orders)
            # Money has four places.
            subscribed = round(subscribed, 4)
            margin = float(subscribed) * (rate or 0) + float(sum((x.margin or ZERO for x in orders), ZERO))
            margin = float(round(Decimal(repr(margin)), 4))
            cost = text(self.raw.customers.get(name, {}).get("acquisition_cost"))
            rows[(name,)] = {
                "segment": self.attribute(name, "segment", first),
                "acquisition_channel": self.attribute(name, "acquisition_channel", first),
                "subscription_revenue": float(subscribed),
                "order_revenue": float(sum((order.amount for order in orders), ZERO)),
                "margin": margin if known else None,
                "acquisition_cost": None if cost is None else float(cost),
                "clv_historic": margin - float(cost) if known and cost is not None else None,
                "is_margin_known": known,
                "is_cost_known": cost is not None,
                "first_paid_date": first,
            }
        return rows

    def kpi_churn_losses(self) -> Rows:
        """The value of customers like those who left, and how many had been detractors (decisions, 11)."""
        worth = {
            key[3]: row["value_before_cost"]
            for key, row in self.kpi_customer_values().items()
            if key[0] == "all" and key[2] == "segment" and row["base"] >= self.settings.min_base_publish
        }
        rows: Rows = {}
        for period in self.periods:
            for label, cell in self.cells(period).items():
                if label[0] not in ("total", "segment") or not cell.events:
                    continue
                valued = [
                    worth[segment]
                    for churn in cell.events
                    if worth.get(segment := churn.labels["segment"]) is not None
                ]
                asked = [score for churn in cell.events if (score := self._last_score(churn)) is not None]
                base = len(cell.events)
                is_few = label[0] != "total" and len(valued) < self.settings.min_base_money
                shown = bool(valued) and not is_few
                rows[period.grain, period.start, *label] = {
                    "base": base,
                    "churned_customers": base,
                    "valued_customers": len(valued),
                    "unvalued_customers": base - len(valued),
                    "asked_customers": len(asked),
                    "prior_detractors": sum(score <= 6 for score in asked),
                    "value_lost": math.fsum(valued) if shown else None,
                }
        return rows

    def _last_score(self, churn: Churn) -> int | None:
        """The latest relational NPS of the 365 days before a customer left (§8.1)."""
        left_at = self.settings.midnight(churn.end)
        scores = [
            (answer.order, answer.score)
            for answer in self.facts.answers
            if answer.metric == "nps"
            and answer.response.programme == "relational"
            and answer.response.customer_id == churn.life.customer_id
            and left_at - 365 * DAY < answer.response.at <= left_at
        ]
        return max(scores)[1] if scores else None

    @cached_property
    def facts(self) -> Facts:
        """What customers answered."""
        settings = self.settings
        zones = settings.source_zone, settings.reporting_zone
        return Facts(self.raw.tables, FeedbackSettings(settings.as_of, *zones))

    @cached_property
    def values(self) -> Rows:
        """The fact, once."""
        return self.fct_customer_values()

    @staticmethod
    def earned(life: Life, start: date, end: date) -> Decimal:
        """Revenue earned by the day, twelve months in 365.25 of them."""
        months = sum((life.state(on).mrr for on in days_between(start, end)), ZERO)
        return months * 12 / YEAR

    def kpi_customer_values(self) -> Rows:
        """What a customer of a start cohort is worth over its life, and what winning it cost (§5)."""
        periods: dict[Key, dict[tuple[str, str], Row]] = defaultdict(dict)
        for key, lives in self.cohorts().items():
            if key[2] in COHORT_LABELS:
                periods[key[:2]][key[2:]] = self._worth(lives)
        for period in periods.values():
            hide(period, self.settings, MONEY, is_immature=False)
            for row in period.values():
                del row["publish_status"]
        return {(*key, *label): row for key, period in periods.items() for label, row in period.items()}

    def _worth(self, lives: Sequence[tuple[Life, Duration]]) -> Row:
        durations = [duration for _, duration in lives]
        days = sum(duration.days for duration in durations)
        revenue = sum(
            (self.earned(life, life.first_paid, life.first_paid + x.days * DAY) for life, x in lives), ZERO
        )
        told = [self.raw.customers.get(life.customer_id, {}).get("acquisition_cost") for life, _ in lives]
        costs = [float(cost) for cost in told if text(cost) is not None]
        facts = [self.values[life.customer_id,]["clv_historic"] for life, _ in lives]
        values = [value for value in facts if value is not None]
        lifetime = self.lifetime(durations)
        annual = float(revenue) / (days / float(YEAR))
        curve = {on: self._survival(durations, on) for on in YEARS}
        years = self._mean_days(durations, lifetime["horizon_days"]) / float(YEAR)
        cost = math.fsum(costs) / len(costs) if costs else None
        row: Row = {
            "base": len(lives), "customers_with_cost": len(costs),
            "horizon_years": lifetime["horizon_days"] / float(YEAR), "annual_revenue": annual,
            "annual_retention": curve[365], "relationship_years": years, "acquisition_cost": cost,
            "clv_seed": None if cost is None else annual * years - cost,
            # Where everybody has left there is nothing that could go on.
            "is_extrapolated": max(x.days for x in durations) < YEARS[-1] and curve[YEARS[-1]] > 0,
            "clv_historic": math.fsum(values) / len(values) if values else None,
        }  # fmt: skip
        rate = self.settings.gross_margin_rate
        names = (
            "annual_margin", "clv_margin", "clv_margin_perpetual", "value_before_cost", "clv_survival",
            "ltv_cac",
        )  # fmt: skip
        if rate is None:
            return row | dict.fromkeys(names)
        margin, r = rate * annual, curve[365]
        value = math.fsum(margin * s / (1 + DISCOUNT) ** t for t, s in enumerate(curve.values()))
        constant = math.fsum(margin * (r / (1 + DISCOUNT)) ** t for t in range(len(YEARS)))
        perpetual = margin * (1 + DISCOUNT) / (1 + DISCOUNT - r)
        known = cost is not None
        return row | {
            "annual_margin": margin,
            "clv_margin": constant - cost if known else None,
            "clv_margin_perpetual": perpetual - cost if known else None,
            "value_before_cost": value,
            "clv_survival": value - cost if known else None,
            "ltv_cac": value / cost if cost else None,
        }

    @staticmethod
    def _survival(lives: Sequence[Duration], on: int) -> float:
        """S at a day; beyond the longest follow-up the hazard of its last 365 days goes on."""

        def at(until: float) -> float:
            survival = 1.0
            for step in sorted({x.days for x in lives if x.cause and x.days <= until}):
                there = sum(x.entry < step <= x.days for x in lives)
                survival *= 1 - sum(x.days == step and x.cause is not None for x in lives) / there
            return survival

        longest = max(x.days for x in lives)
        if on <= longest:
            return at(on)
        begun = max(longest - 365, 0)
        kept = at(longest) / at(begun) if at(begun) else 0.0
        return at(longest) * kept ** ((on - longest) / (longest - begun))

    def _mean_days(self, lives: Sequence[Duration], until: int) -> float:
        """Area below the curve to a day."""
        return math.fsum(self._survival(lives, on) for on in range(until))
