"""The churn marts computed a second time, in plain Python, from the texts and not from the SQL.

Raw CRM and survey rows in; the rows of the churn facts and KPIs out, as dictionaries keyed by grain. It knows
RAW_CONTRACT, MARTS, METRICS §0, §3 and §5, CLARIFICATIONS D1-D9 and D50-D60 and the readings recorded in
docs/decisions 010 and 011. A customer is walked day by day, a period customer by customer; nothing is fast.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from oracle_service import RawTables, boolean, day, instant, newest, text, wall_to_utc
from scipy import stats

Row = dict[str, Any]
Key = tuple[Any, ...]
Rows = dict[Key, Row]

UTC_ZONE = ZoneInfo("UTC")
DAY = timedelta(days=1)
ZERO = Decimal(0)
Z = 1.959963984540054
GRAINS = {"month": 1, "quarter": 3, "year": 12}
HISTORIES = ("segment", "persona", "region", "country", "language")
LABELS = ("total", "segment", "region", "acquisition_channel")
UNKNOWN = (("unknown", "unknown", None, True),)
MONTH_DAYS = 365.25 / 12
HORIZON_DAYS = 5 * 365.25
STATED = ("exit_survey", "customer_form", "agent")
KINDS = ("voluntary", "involuntary")
SHARES = {
    "logo_churn_rate", "involuntary_share", "winback_rate_90", "churn_reason_unknown",
    "avoidable_churn_share", "inactive_churn",
}  # fmt: skip
MONEY_RATIOS = {"nrr", "grr", "nrr_12m", "grr_12m"}
# Metrics of events: a period that begins at as_of has the churns of its first midnight, and no two ends.
OF_EVENTS = {
    "churn_events", "intra_period_churn", "involuntary_share", "winback_rate_90", "churn_reason_unknown",
    "avoidable_churn_share",
}  # fmt: skip
RATES = (
    "logo_churn_rate", "ci_low", "ci_high",
    "nrr", "nrr_ci_low", "nrr_ci_high", "grr", "grr_ci_low", "grr_ci_high",
)  # fmt: skip
HIDDEN = ("value", "standard_error", "ci_low", "ci_high", "numerator", "denominator")
LOST = ("contraction", "churn", "pause")


@dataclass(frozen=True)
class Settings:
    """The variables of a build that the churn subject reads."""

    as_of: datetime
    source_zone: ZoneInfo = UTC_ZONE
    reporting_zone: ZoneInfo = UTC_ZONE
    observation_start: date | None = None
    churn_grace_days: int = 7
    pause_max_days: int = 90
    winback_days: int = 90
    inactivity_min_days: int = 30
    reporting_currency: str = "EUR"
    cac_lag_months: int = 0
    gross_margin_rate: float | None = None
    min_base_publish: int = 5
    min_base_reliable: int = 30
    min_base_money: int = 3
    min_at_risk: int = 10

    @property
    def today(self) -> date:
        """Local day of as_of."""
        return self.local_date(self.as_of)

    def local_date(self, at: datetime) -> date:
        """Day of an instant in the reporting zone."""
        return at.astimezone(self.reporting_zone).date()

    def midnight(self, on: date) -> datetime:
        """First instant of a local day, UTC."""
        return wall_to_utc(datetime(on.year, on.month, on.day), self.reporting_zone)

    def variables(self) -> dict[str, Any]:
        """The same as dbt variables."""
        return {
            "as_of": self.as_of.isoformat(),
            "source_time_zone": self.source_zone.key,
            "reporting_time_zone": self.reporting_zone.key,
            "observation_start": self.observation_start and self.observation_start.isoformat(),
            "churn_grace_days": self.churn_grace_days,
            "pause_max_days": self.pause_max_days,
            "cac_lag_months": self.cac_lag_months,
            "gross_margin_rate": self.gross_margin_rate,
        }


# Accepted rows --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """An accepted row of `subscription_changes`; `order` is its place within its day (D50)."""

    subscription_id: str
    on: date
    kind: str
    mrr: Decimal
    order: tuple[datetime, str]


@dataclass(frozen=True)
class Subscription:
    """An accepted row of `subscriptions`, at local-day resolution."""

    subscription_id: str
    customer_id: str
    plan: str | None
    status: str | None
    start: date
    end: date
    mrr: Decimal
    changes: Mapping[date, Change]


@dataclass(frozen=True)
class Cancellation:
    """An accepted row of `cancellations`; `on` is the day it speaks of (D56)."""

    cancellation_id: str
    customer_id: str
    on: date
    requested_at: datetime
    initiator: str | None
    source: str
    reason: str | None
    competitor: str | None


@dataclass(frozen=True)
class Order:
    """An accepted row of `orders`."""

    order_id: str
    customer_id: str
    at: datetime
    status: str
    amount: Decimal
    margin: Decimal | None

    @property
    def is_purchase(self) -> bool:
        """Returned and cancelled orders are no purchases (§3.7)."""
        return self.status in {"paid", "placed"}


class ExitAnswer(NamedTuple):
    """A reason stated in an exit survey."""

    at: datetime
    response_id: str
    answer_no: int
    reason: str


class Raw:
    """The raw rows, typed, judged and deduplicated."""

    def __init__(self, tables: RawTables, settings: Settings, reasons: Mapping[str, str]) -> None:
        """Read every table the churn subject needs; `reasons` maps spellings to reason codes."""
        self.tables, self.settings, self.zone = tables, settings, settings.source_zone
        self.reasons = reasons
        customers = newest(self._rows("crm", "customers"), "customer_id", self.zone)
        self.customers = {row["customer_id"]: row for row in customers}
        self.tests = {
            name for name, row in self.customers.items() if boolean(row.get("is_test"), absent=False)
        }
        self.subscriptions = self._subscriptions()
        self.cancellations = self._cancellations()
        self.orders = self._orders()
        self.exit_answers = self._exit_answers()

    def _rows(self, system: str, table: str) -> Sequence[Mapping[str, Any]]:
        return self.tables.get((system, table), ())

    def _instant(self, value: Any) -> datetime:
        found = instant(value, self.zone)
        assert found is not None
        return found

    def _happened(self, at: datetime) -> bool:
        """Rule 8: nothing happens before 2000 or more than a day after as_of."""
        return datetime(2000, 1, 1, tzinfo=UTC) <= at <= self.settings.as_of + DAY

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        """Money without a currency is in the reporting one; there are no rates for others."""
        return text(row.get("currency")) in {None, self.settings.reporting_currency}

    def _reason(self, value: Any) -> str | None:
        """A reason as its code; None where nobody understands it (rule 23)."""
        spelling = (text(value) or "").strip().lower().replace(" ", "_").replace("-", "_")
        return self.reasons.get(spelling)

    def _subscriptions(self) -> list[Subscription]:
        """A negative price or an end before the start refuses a row (rule 32)."""
        accepted = []
        for row in self._rows("crm", "subscriptions"):
            start, end = self._instant(row["started_at"]), instant(row.get("ended_at"), self.zone)
            if Decimal(row["mrr"]) >= 0 and not (end and end < start) and self._is_ours(row):
                accepted.append(row)
        changes: dict[str, dict[date, Change]] = defaultdict(dict)
        for change in sorted(self._changes(), key=lambda change: change.order):
            earlier = changes[change.subscription_id].get(change.on)
            # A price of 0 on the day of a pause comes within it, and changes nothing.
            if not (earlier and earlier.kind == "pause" and change.kind != "resume" and not change.mrr):
                changes[change.subscription_id][change.on] = change
        return [
            Subscription(
                row["subscription_id"], row["customer_id"], text(row.get("plan")), text(row.get("status")),
                self.settings.local_date(self._instant(row["started_at"])),
                self._end(row),
                Decimal(row["mrr"]), changes[row["subscription_id"]],
            )
            for row in newest(accepted, "subscription_id", self.zone)
            if row["customer_id"] not in self.tests
        ]  # fmt: skip

    def _changes(self) -> Iterable[Change]:
        for row in self._rows("crm", "subscription_changes"):
            if Decimal(row["mrr"]) >= 0:
                at = self._instant(row["effective_at"])
                on, order = self.settings.local_date(at), (at, row["change_id"])
                yield Change(row["subscription_id"], on, row["kind"], Decimal(row["mrr"]), order)

    def _end(self, row: Mapping[str, Any]) -> date:
        """First day without service."""
        ended_at = instant(row.get("ended_at"), self.zone)
        return self.settings.local_date(ended_at) if ended_at else date.max

    def _cancellations(self) -> list[Cancellation]:
        found = []
        for row in self._rows("crm", "cancellations"):
            requested_at = self._instant(row["requested_at"])
            if not self._happened(requested_at):
                continue
            effective_at = instant(row.get("effective_at"), self.zone) or requested_at
            found.append(
                Cancellation(
                    row["cancellation_id"], row["customer_id"], self.settings.local_date(effective_at),
                    requested_at, text(row.get("initiator")),
                    "customer_form" if row.get("recorded_by") == "customer" else "agent",
                    self._reason(row.get("reason")), text(row.get("competitor")),
                )
            )  # fmt: skip
        return found

    def _orders(self) -> list[Order]:
        found = []
        for row in self._rows("crm", "orders"):
            at = self._instant(row["ordered_at"])
            if self._happened(at) and self._is_ours(row) and row["customer_id"] not in self.tests:
                margin = text(row.get("margin"))
                found.append(
                    Order(
                        row["order_id"], row["customer_id"], at, text(row.get("status")) or "paid",
                        Decimal(row["amount"]), None if margin is None else Decimal(margin),
                    )
                )  # fmt: skip
        return found

    def _exit_answers(self) -> dict[str, list[ExitAnswer]]:
        """Reasons by customer, of exit surveys that count (D11, D58)."""
        exits = {row["survey_id"] for row in self._rows("surveys", "surveys") if row["programme"] == "exit"}
        asked = {
            row["question_id"] for row in self._rows("surveys", "questions") if row["metric"] == "reason"
        }
        contacts = {
            row["contact_id"]: row for row in newest(self._rows("crm", "contacts"), "contact_id", self.zone)
        }
        answers = defaultdict(list)
        for row in self._rows("surveys", "answers"):
            if row["question_id"] in asked and text(row.get("value")):
                answers[row["response_id"]].append(row)
        found = defaultdict(list)
        for response in self._rows("surveys", "responses"):
            at = self._instant(response["responded_at"])
            contact = contacts.get(response.get("contact_id"), {})
            customer_id = text(response.get("customer_id")) or text(contact.get("customer_id"))
            if (
                response["survey_id"] not in exits
                or customer_id is None
                or (text(response.get("status")) or "complete") not in {"complete", "partial"}
                or boolean(response.get("is_test"), absent=False)
                or boolean(contact.get("is_employee"), absent=False)
                or not self._happened(at)
                or at > self.settings.as_of
            ):
                continue
            for row in answers[response["response_id"]]:
                reason = self._reason(row["value"])
                if reason:
                    answer_no = int(text(row.get("answer_no")) or 1)
                    found[customer_id].append(ExitAnswer(at, response["response_id"], answer_no, reason))
        return found


# Lives ----------------------------------------------------------------------------------------------


class State(NamedTuple):
    """What a customer is on a local day."""

    mrr: Decimal
    is_paused: bool
    plan: str | None


class Spell(NamedTuple):
    """A merged paying interval: local days, `end` the first unpaid one, None while open at as_of."""

    number: int
    start: date
    end: date | None


GONE = State(ZERO, False, None)


def days_between(start: date, end: date) -> Iterable[date]:
    """Days from start, inclusive, to end, exclusive."""
    return (date.fromordinal(number) for number in range(start.toordinal(), end.toordinal()))


class Life:
    """One customer, day by day, to as_of."""

    def __init__(self, customer_id: str, subscriptions: Sequence[Subscription], settings: Settings) -> None:
        """Walk every subscription, then the customer."""
        self.customer_id, self.subscriptions, self.settings = customer_id, subscriptions, settings
        self.paying: dict[date, list[tuple[Decimal, Subscription]]] = defaultdict(list)
        self.paused_for: dict[date, list[int]] = defaultdict(list)
        for subscription in subscriptions:
            self._walk(subscription)
        self.states: dict[date, State] = {}
        self.spells: list[Spell] = []
        self._merge()

    def _walk(self, subscription: Subscription) -> None:
        """The price of each day: a day's last change holds (D50); a pause lasts until paid or resumed."""
        price, paused_on = subscription.mrr, None
        last = min(subscription.end, self.settings.today + DAY)
        for on in days_between(subscription.start, last):
            change = subscription.changes.get(on)
            if change:
                price = change.mrr
                if change.kind == "pause":
                    paused_on = paused_on or on
                elif change.kind == "resume" or change.mrr > 0:
                    paused_on = None
            if paused_on is not None:
                self.paused_for[on].append((on - paused_on).days)
            elif price > 0:
                self.paying[on].append((price, subscription))

    def _covered(self, on: date) -> State:
        """Active while any subscription pays, else paused up to pause_max_days, else gone (§3.0)."""
        paying = self.paying.get(on, [])
        if paying:
            dearest = max(paying, key=lambda pair: pair[0])[1]
            return State(sum((price for price, _ in paying), ZERO), False, dearest.plan)
        if any(days < self.settings.pause_max_days for days in self.paused_for.get(on, [])):
            return State(ZERO, True, None)
        return GONE

    def _merge(self) -> None:
        """Gaps up to the grace are carried over (D51); a relationship begins with a paid day."""
        covered = [on for on in sorted({*self.paying, *self.paused_for}) if self._covered(on) != GONE]
        islands: list[list[date]] = []
        for on in covered:
            if islands and (on - islands[-1][-1]).days - 1 <= self.settings.churn_grace_days:
                islands[-1].append(on)
            else:
                islands.append([on])
        for island in islands:
            paid = [on for on in island if self._covered(on).mrr > 0]
            if not paid:
                continue
            state, start, last = GONE, paid[0], island[-1]
            for on in days_between(start, last + DAY):
                now = self._covered(on)
                if now != GONE:
                    state = now._replace(plan=state.plan) if now.is_paused else now
                self.states[on] = state
            is_open = last >= self.settings.today
            self.spells.append(Spell(len(self.spells) + 1, start, None if is_open else last + DAY))

    def state(self, on: date) -> State:
        """State at the midnight that begins a local day, which is that of the day."""
        return self.states.get(on, GONE)

    def is_expired_pause(self, end: date) -> bool:
        """True if the relationship ended on the day a pause grew too long, its subscription going on."""
        is_expired = self.settings.pause_max_days in self.paused_for.get(end, [])
        return self.states[end - DAY].is_paused and is_expired

    def last_statuses(self, end: date) -> set[str | None]:
        """Status of what was in force on the last covered day: of the paying, else of the paused."""
        last = end - DAY
        paying = self.paying.get(last)
        return {row.status for _, row in paying} if paying else {
            row.status for row in self.subscriptions if row.start <= last < row.end
        }  # fmt: skip

    @property
    def first_paid(self) -> date:
        """First paid day."""
        return self.spells[0].start


@dataclass(frozen=True)
class Churn:
    """A churn event."""

    life: Life
    spell: Spell
    end: date
    cancellation: Cancellation | None
    churn_type: str
    evidence: tuple[tuple[str, str, datetime | None, bool], ...]
    returned: date | None
    labels: Mapping[str, str]

    @property
    def mrr_lost(self) -> Decimal:
        """MRR of the last covered day."""
        return self.life.states[self.end - DAY].mrr

    @property
    def reason(self) -> str:
        """Primary reason."""
        return next((reason for _, reason, _, is_primary in self.evidence if is_primary), "unknown")

    @property
    def source(self) -> str:
        """Where it comes from."""
        return next((source for source, _, _, is_primary in self.evidence if is_primary), "unknown")

    @property
    def is_provisional(self) -> bool:
        """The grace had not passed at as_of (D55)."""
        settings = self.life.settings
        return settings.midnight(self.end + settings.churn_grace_days * DAY) > settings.as_of


# Statistics (§1) ------------------------------------------------------------------------------------


def wilson(hits: float, base: float) -> tuple[float, float]:
    """T1."""
    share = hits / base
    centre = (share + Z * Z / (2 * base)) / (1 + Z * Z / base)
    half = Z * math.sqrt(share * (1 - share) / base + Z * Z / (4 * base * base)) / (1 + Z * Z / base)
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(now: tuple[int, int], before: tuple[int, int]) -> tuple[float, float]:
    """T2 of two (hits, base)."""
    p1, p2 = now[0] / now[1], before[0] / before[1]
    (l1, u1), (l2, u2) = wilson(*now), wilson(*before)
    return p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2)


def two_proportions(now: tuple[int, int], before: tuple[int, int]) -> float | None:
    """The p of T3; None where the pooled share is 0 or 1."""
    pooled = (now[0] + before[0]) / (now[1] + before[1])
    spread = math.sqrt(pooled * (1 - pooled) * (1 / now[1] + 1 / before[1]))
    return float(2 * stats.norm.sf(abs(now[0] / now[1] - before[0] / before[1]) / spread)) if spread else None


def poisson(events: int) -> tuple[float, float]:
    """T11, exact limits of a count."""
    low = float(stats.chi2.ppf(0.025, 2 * events)) / 2 if events else 0.0
    return low, float(stats.chi2.ppf(0.975, 2 * events + 2)) / 2


def holm(family: Sequence[Row]) -> None:
    """`p_adjusted` of the rows of one family (§0.6)."""
    highest = 0.0
    for place, row in enumerate(sorted(family, key=lambda row: row["p_value"])):
        highest = max(highest, min(1.0, (len(family) - place) * row["p_value"]))
        row["p_adjusted"] = highest


class Ratio(NamedTuple):
    """T7."""

    value: float
    error: float | None
    low: float | None
    high: float | None


def ratio(pairs: Sequence[tuple[Decimal, Decimal]]) -> Ratio | None:
    """T7 of (y, x) pairs; None without any x."""
    top, bottom = (float(sum((pair[side] for pair in pairs), ZERO)) for side in (0, 1))
    if not bottom:
        return None
    value, n = top / bottom, len(pairs)
    if n < 2:
        return Ratio(value, None, None, None)
    squares = sum((float(y) - value * float(x)) ** 2 for y, x in pairs)
    error = math.sqrt(n / (n - 1) * squares) / bottom
    # t quantiles come from a table to 200 degrees of freedom, then z (§0.5).
    half = (float(stats.t.ppf(0.975, n - 1)) if n <= 201 else Z) * error
    return Ratio(value, error, value - half, value + half)


# The oracle -----------------------------------------------------------------------------------------


class Period(NamedTuple):
    """A period at local-day resolution: state at `start` and at `end`; events from start to before `stop`."""

    grain: str
    start: date
    stop: date
    end: date
    is_immature: bool


def add_months(on: date, months: int) -> date:
    """The same day some months later, clamped to the month's end (§3.5)."""
    total = on.year * 12 + on.month - 1 + months
    first = date(total // 12, total % 12 + 1, 1)
    following = date((total + 1) // 12, (total + 1) % 12 + 1, 1)
    return first + min(on.day - 1, (following - first).days - 1) * DAY


def first_of(grain: str, on: date) -> date:
    """First day of the period of this grain."""
    length = GRAINS[grain]
    return date(on.year, (on.month - 1) // length * length + 1, 1)


class Reference(NamedTuple):
    """The tables that people edit: codes of reasons by spelling, avoidable ones, changes that matter."""

    reasons: Mapping[str, str]
    avoidable: set[str]
    deltas: Mapping[str, float]


class Oracle:
    """Everything the churn marts should hold."""

    def __init__(self, tables: RawTables, settings: Settings, reference: Reference) -> None:
        """Read the raw rows and live every life."""
        self.settings, self.avoidable, self.deltas = settings, reference.avoidable, reference.deltas
        self.raw = Raw(tables, settings, reference.reasons)
        self.history = self._history(tables)
        by_customer = defaultdict(list)
        for subscription in self.raw.subscriptions:
            by_customer[subscription.customer_id].append(subscription)
        lives = (Life(name, found, settings) for name, found in sorted(by_customer.items()))
        self.lives = {life.customer_id: life for life in lives if life.spells}
        self.churns = [
            self._churn(life, spell, following)
            for life in self.lives.values()
            for spell, following in zip(life.spells, [*life.spells[1:], None], strict=True)
            if spell.end
        ]

    # Attributes

    def _history(self, tables: RawTables) -> dict[tuple[str, str], list[tuple[date, date, str | None]]]:
        found = defaultdict(list)
        for row in tables.get(("crm", "customer_history"), ()):
            start, stop = day(row["valid_from"]) or date.min, day(row.get("valid_to")) or date.max
            found[row["customer_id"], row["attribute"]].append((start, stop, text(row.get("value"))))
        return {key: sorted(rows, key=lambda row: row[0]) for key, rows in found.items()}

    def attribute(self, customer_id: str, name: str, on: date) -> str:
        """An attribute on a local day (D7)."""
        customer = self.raw.customers.get(customer_id)
        if customer is None:
            return "unknown"
        rows = self.history.get((customer_id, name), [])
        if name not in HISTORIES or not rows:
            return text(customer.get(name)) or "unknown"
        if on < rows[0][0]:
            return rows[0][2] or "unknown"
        in_force = [value for start, stop, value in rows if start <= on < stop]
        return (in_force[-1] if in_force else None) or "unknown"

    def labels(self, life: Life, on: date) -> dict[str, str]:
        """Every breakdown of a customer on a day."""
        return {
            "total": "total",
            **{
                name: self.attribute(life.customer_id, name, on)
                for name in ("segment", "region", "acquisition_channel")
            },
        }

    # Facts

    def _churn(self, life: Life, spell: Spell, following: Spell | None) -> Churn:
        assert spell.end
        window = self.settings.churn_grace_days + 30
        near = [
            row
            for row in self.raw.cancellations
            if row.customer_id == life.customer_id and abs((row.on - spell.end).days) <= window
        ]
        end = spell.end
        # Nearest, then latest request (D56); of two requests of one instant the one with the later key.
        near.sort(key=lambda row: (row.requested_at, row.cancellation_id), reverse=True)
        cancellation = min(near, key=lambda row: abs((row.on - end).days), default=None)
        return Churn(
            life, spell, end, cancellation, self._churn_type(life, end, cancellation),
            self._evidence(life, end, cancellation),
            following.start if following else None, self.labels(life, end - DAY),
        )  # fmt: skip

    def _churn_type(self, life: Life, end: date, cancellation: Cancellation | None) -> str:
        """D57."""
        if life.is_expired_pause(end):
            return "pause_expired"
        if cancellation is None:
            return "involuntary" if {"past_due", "unpaid"} & life.last_statuses(end) else "unknown"
        if cancellation.initiator in {"payment_system", "company"}:
            return "involuntary"
        if cancellation.reason in {"business_closed", "moved"}:
            return "unavoidable"
        return "voluntary" if cancellation.initiator == "customer" else "unknown"

    def _evidence(
        self, life: Life, end: date, cancellation: Cancellation | None
    ) -> tuple[tuple[str, str, datetime | None, bool], ...]:
        """Source, reason, instant and whether it is the primary one (D58)."""
        window = (end - (self.settings.churn_grace_days + 30) * DAY, end + 30 * DAY)
        answers = [
            answer
            for answer in self.raw.exit_answers.get(life.customer_id, [])
            if window[0] <= self.settings.local_date(answer.at) <= window[1]
        ]
        answers.sort(key=lambda answer: answer.answer_no)
        answers.sort(key=lambda answer: (answer.at, answer.response_id), reverse=True)
        found: dict[tuple[str, str], datetime] = {}
        for answer in answers:
            found.setdefault(("exit_survey", answer.reason), answer.at)
        if cancellation and cancellation.reason:
            found[cancellation.source, cancellation.reason] = cancellation.requested_at
        ordered = sorted(found, key=lambda key: STATED.index(key[0]))
        return tuple((*key, found[key], key == ordered[0]) for key in ordered) or UNKNOWN

    def fct_paying_intervals(self) -> Rows:
        """One row per spell."""
        return {
            (life.customer_id, spell.number): {
                "started_at": self.settings.midnight(spell.start),
                "ended_at": spell.end and self.settings.midnight(spell.end),
            }
            for life in self.lives.values()
            for spell in life.spells
        }

    def fct_churn_events(self) -> Rows:
        """One row per churn."""
        return {
            (churn.life.customer_id, self.settings.midnight(churn.end)): {
                "churn_type": churn.churn_type,
                "reason": churn.reason,
                "reason_source": churn.source,
                "mrr_lost": churn.mrr_lost,
                "tenure_days": (churn.end - churn.spell.start).days,
                "is_provisional": churn.is_provisional,
                "segment": churn.labels["segment"],
                "region": churn.labels["region"],
                **({"plan": churn.life.states[churn.end - DAY].plan or "unknown"} if churn.mrr_lost else {}),
                "cancellation_id": churn.cancellation and churn.cancellation.cancellation_id,
                "returned_at": churn.returned and self.settings.midnight(churn.returned),
            }
            for churn in self.churns
        }

    def fct_churn_reason_evidence(self) -> Rows:
        """One row per churn, source and reason, `unknown` where nobody stated one."""
        return {
            (churn.life.customer_id, self.settings.midnight(churn.end), source, reason): {
                "evidence_at": at,
                "is_primary": is_primary,
            }
            for churn in self.churns
            for source, reason, at, is_primary in churn.evidence
        }

    def fct_orders(self) -> Rows:
        """One row per order."""
        return {
            (order.order_id,): {
                "customer_id": order.customer_id,
                "ordered_at": order.at,
                "status": order.status,
                "amount": order.amount,
                "margin": order.margin,
            }
            for order in self.raw.orders
        }

    # Periods

    @cached_property
    def first_month(self) -> date:
        """Month of the first start; who starts at its first midnight is new in the month before (D52)."""
        return first_of("month", min(life.first_paid for life in self.lives.values()) - DAY)

    @cached_property
    def periods(self) -> list[Period]:
        """Every calendar period from the first month to that of as_of, and all of them together."""
        today, found = self.settings.today, []
        for grain, length in GRAINS.items():
            start = first_of(grain, self.first_month)
            while start <= today:
                stop = add_months(start, length)
                is_immature = self.settings.midnight(stop) > self.settings.as_of
                found.append(Period(grain, start, stop, min(stop, today), is_immature))
                start = stop
        # All periods together are never immature (D5).
        return [*found, Period("all", self.first_month, today + DAY, today, False)]

    def has_begun(self, period: Period) -> bool:
        """False for a period that begins at as_of: churns of that midnight alone are in it (D52)."""
        return self.settings.midnight(period.start) < self.settings.as_of

    def movement(self, life: Life, period: Period) -> tuple[str, Decimal, Decimal] | None:
        """D53."""
        before, after = life.state(period.start), life.state(period.end)
        if before.mrr and after.mrr:
            growth = after.mrr - before.mrr
            kind = "expansion" if growth > 0 else "contraction" if growth < 0 else "retained"
        elif before.mrr:
            kind = "pause" if after.is_paused else "churn"
        elif after.mrr:
            is_new = life.first_paid > period.start
            kind = "resume" if before.is_paused else "new" if is_new else "reactivation"
        else:
            return None
        return kind, before.mrr, after.mrr

    def fct_customer_months(self) -> Rows:
        """One row per customer and month with revenue at an end."""
        found = {}
        for period in self.periods:
            if period.grain != "month" or not self.has_begun(period):
                continue
            for life in self.lives.values():
                movement = self.movement(life, period)
                if movement:
                    kind, opening, closing = movement
                    found[life.customer_id, period.start] = {
                        "movement": kind,
                        "opening_mrr": opening,
                        "closing_mrr": closing,
                        "movement_mrr": closing - opening,
                    }
        return found

    def kpi_mrr_bridge(self) -> Rows:
        """Sums of the movements."""
        found: Rows = {}
        for (_, month), row in self.fct_customer_months().items():
            bridge = found.setdefault(
                ("month", month),
                {
                    "base": 0, "opening_mrr": ZERO, "closing_mrr": ZERO,
                    **{
                        f"{kind}_mrr": ZERO
                        for kind in ("new", "reactivation", "resume", "expansion", *LOST)
                    },
                },
            )  # fmt: skip
            bridge["base"] += 1
            bridge["opening_mrr"] += row["opening_mrr"]
            bridge["closing_mrr"] += row["closing_mrr"]
            if row["movement"] != "retained":
                bridge[f"{row['movement']}_mrr"] += abs(row["movement_mrr"])
        return found

    # Cells of kpi_churn

    @cache  # noqa: B019 - an oracle lives as long as its test
    def cells(self, period: Period) -> dict[tuple[str, str], "Cell"]:
        """Each breakdown of a period: opening customers as they were at its start, events the day before."""
        found: dict[tuple[str, str], Cell] = defaultdict(Cell)
        for life in self.lives.values():
            opening = life.state(period.start)
            if opening.mrr:
                closing = life.state(period.end)
                for label in self.labels(life, period.start).items():
                    found[label].opening.append((life, opening, closing))
        for churn in self.churns:
            if period.start <= churn.end < period.stop:
                for label in churn.labels.items():
                    found[label].events.append(churn)
        return found

    def kpi_churn(self) -> Rows:
        """Point to point, and events."""
        found: Rows = {}
        for period in self.periods:
            rows = {
                label: self._churn_row(period, label, cell)
                for label, cell in self.cells(period).items()
                if self.has_begun(period) or cell.events
            }
            hide(rows, self.settings, RATES, period.is_immature)
            found |= {(period.grain, period.start, *label): row for label, row in rows.items()}
        return found

    def _churn_row(self, period: Period, label: tuple[str, str], cell: "Cell") -> Row:
        n, lost = len(cell.opening), cell.lost
        low, high = wilson(len(lost), n) if n else (None, None)
        is_money = label[0] == "total" or n >= self.settings.min_base_money or not n
        nrr, grr = ratio(cell.kept), ratio(cell.capped)
        opening_mrr = sum((opening.mrr for _, opening, _ in cell.opening), ZERO)
        return {
            "base": n,
            "opening_customers": n,
            "churned_customers": len(lost),
            "logo_churn_rate": len(lost) / n if n else None,
            "ci_low": low,
            "ci_high": high,
            "churn_events": len(cell.events),
            "intra_period_churn": sum(churn.spell.start >= period.start for churn in cell.events),
            "opening_mrr": opening_mrr if is_money else None,
            "churned_mrr": sum((opening.mrr for _, opening, _ in lost), ZERO) if is_money else None,
            "grr": grr and grr.value,
            "nrr": nrr and nrr.value,
            "grr_ci_low": grr and grr.low,
            "grr_ci_high": grr and grr.high,
            "nrr_ci_low": nrr and nrr.low,
            "nrr_ci_high": nrr and nrr.high,
        }

    # Cohorts and survival

    def kpi_retention_cohorts(self) -> Rows:
        """D60: everybody at the own anniversary; only cells that every member has reached."""
        cohorts: dict[date, list[Life]] = defaultdict(list)
        for life in self.lives.values():
            cohorts[first_of("month", life.first_paid)].append(life)
        found: Rows = {}
        for month, members in cohorts.items():
            since = 0
            while all(add_months(life.first_paid, since) <= self.settings.today for life in members):
                money = [
                    (life.state(add_months(life.first_paid, since)).mrr, life.state(life.first_paid).mrr)
                    for life in members
                ]
                retained, size = sum(now > 0 for now, _ in money), len(members)
                first = sum((before for _, before in money), ZERO)
                is_shown = size >= self.settings.min_base_publish
                low, high = wilson(retained, size)
                found[month, since] = {
                    "base": size,
                    "cohort_size": size,
                    "retained": retained,
                    "retention": retained / size if is_shown else None,
                    "ci_low": low if is_shown else None,
                    "ci_high": high if is_shown else None,
                    "nrr": float(sum((now for now, _ in money), ZERO) / first) if is_shown else None,
                    "grr": float(sum((min(pair) for pair in money), ZERO) / first) if is_shown else None,
                    "publish_status": self._status(size),
                }
                since += 1
        return found

    def _status(self, base: int, *, is_immature: bool = False) -> str:
        if base < self.settings.min_base_publish:
            return "suppressed"
        if is_immature:
            return "immature"
        return "low_base" if base < self.settings.min_base_reliable else "ok"

    def first_relationships(self) -> Iterable[tuple[Life, "Duration"]]:
        """First relationships (D59), with delayed entry (C10)."""
        events = {churn.life.customer_id: churn for churn in self.churns if churn.spell.number == 1}
        observed_from = self.settings.observation_start
        for life in self.lives.values():
            churn = events.get(life.customer_id)
            last = churn.end if churn else self.settings.today
            entry = max((observed_from - life.first_paid).days, 0) if observed_from else 0
            duration = Duration(entry, (last - life.first_paid).days, churn and churn.churn_type)
            if duration.days > entry:
                yield life, duration

    def curves(self) -> dict[tuple[str, str], list["Duration"]]:
        """First relationships of each breakdown as they began."""
        found = defaultdict(list)
        for life, duration in self.first_relationships():
            for label in self.labels(life, life.first_paid).items():
                found[label].append(duration)
        return found

    def kpi_survival(self) -> Rows:
        """Kaplan-Meier and Aalen-Johansen (§3.6), one row per day with an event."""
        found: Rows = {}
        for label, lives in self.curves().items():
            survival, greenwood = 1.0, 0.0
            incidence = dict.fromkeys(KINDS, 0.0)
            is_shown = len(lives) >= self.settings.min_base_publish
            for on in sorted({life.days for life in lives if life.cause}):
                at_risk = sum(life.entry < on <= life.days for life in lives)
                gone = [life.cause for life in lives if life.days == on and life.cause and life.entry < on]
                if not gone:
                    continue
                for kind in KINDS:
                    incidence[kind] += survival * gone.count(kind) / at_risk
                survival *= 1 - len(gone) / at_risk
                if at_risk > len(gone):
                    greenwood += len(gone) / (at_risk * (at_risk - len(gone)))
                row: Row = {"base": len(lives), "at_risk": at_risk, "churned": len(gone)}
                shown = {
                    "hazard": len(gone) / at_risk,
                    "survival": survival,
                    "standard_error": survival * math.sqrt(greenwood) if survival else None,
                    **dict(zip(("ci_low", "ci_high"), log_log(survival, greenwood), strict=True)),
                    **{f"cumulative_incidence_{kind}": incidence[kind] for kind in KINDS},
                }
                row |= shown if is_shown else dict.fromkeys(shown)
                row["publish_status"] = self._status(len(lives))
                found[*label, on] = row
        return found

    # Reasons

    def kpi_churn_reasons(self) -> Rows:
        """Primary reasons of all churn events of a cell (§3.9), and the change since the period before."""
        found: Rows = {}
        for period in self.periods:
            before = next(
                (p for p in self.periods if p.grain == period.grain and p.stop == period.start), None
            )
            earlier = self.cells(before) if before else {}
            for label, cell in self.cells(period).items():
                rows = self._reason_rows(label, cell, is_immature=period.is_immature)
                if label in earlier:
                    self._compare_reasons(rows, cell, earlier[label], is_immature=period.is_immature)
                found |= {(period.grain, period.start, *label, reason): row for reason, row in rows.items()}
        return found

    def _reason_rows(self, label: tuple[str, str], cell: "Cell", *, is_immature: bool) -> dict[str, Row]:
        base, so_far = len(cell.events), 0
        is_shown = base >= self.settings.min_base_publish
        all_lost = sum((churn.mrr_lost for churn in cell.events), ZERO)
        counts, lost = cell.reasons, defaultdict(lambda: ZERO)
        for churn in cell.events:
            lost[churn.reason] += churn.mrr_lost
        rows: dict[str, Row] = {}
        # Of two reasons with as many logos the one with more money leads, then the one named first.
        leading = sorted(counts, key=lambda reason: (-counts[reason], -lost[reason], reason))
        for rank, reason in enumerate(leading, 1):
            customers = counts[reason]
            so_far += customers
            is_money = label[0] == "total" or customers >= self.settings.min_base_money
            shown = {
                "share": customers / base,
                **dict(zip(("ci_low", "ci_high"), wilson(customers, base), strict=True)),
                "cumulative_share": so_far / base,
                "share_if_all_unknown": (
                    customers + (counts.get("unknown", 0) if reason != "unknown" else 0)
                ) / base,
            }  # fmt: skip
            rows[reason] = {
                "base": base,
                "rank": rank,
                "churned_customers": customers,
                "mrr_lost": lost[reason] if is_money else None,
                "mrr_share": float(lost[reason] / all_lost) if is_shown and is_money and all_lost else None,
                "is_avoidable": reason in self.avoidable,
                "publish_status": self._status(base, is_immature=is_immature),
                **(shown if is_shown else dict.fromkeys(shown)),
            }
        return rows

    def _compare_reasons(
        self, rows: dict[str, Row], now: "Cell", before: "Cell", *, is_immature: bool
    ) -> None:
        """Chi-square on the table of reasons, then T3 and T2 one by one with Holm."""
        bases = len(now.events), len(before.events)
        if min(bases) < self.settings.min_base_publish or is_immature:
            return
        table = [(now.reasons.get(r, 0), before.reasons.get(r, 0)) for r in {*now.reasons, *before.reasons}]
        if len(table) > 1:
            test = stats.chi2_contingency(table, correction=False)
            overall = {
                "chi_square": float(test.statistic),
                "chi_square_degrees": len(table) - 1,
                "chi_square_p_value": float(test.pvalue),
            }
            for row in rows.values():
                row |= overall
        family: list[Row] = []
        for reason in {*now.reasons, *before.reasons}:
            pairs = (now.reasons.get(reason, 0), bases[0]), (before.reasons.get(reason, 0), bases[1])
            row = rows.get(reason, {})
            row["previous_share"] = pairs[1][0] / bases[1]
            row["change"] = pairs[0][0] / bases[0] - row["previous_share"]
            row["change_ci_low"], row["change_ci_high"] = newcombe(*pairs)
            row["p_value"] = two_proportions(*pairs)
            family += [row] if row["p_value"] is not None else []
        holm(family)

    # Buyers without a contract

    @cached_property
    def purchases(self) -> dict[str, list[date]]:
        """Days with a purchase by customer, to as_of."""
        found: dict[str, set[date]] = defaultdict(set)
        for order in self.raw.orders:
            if order.is_purchase and order.at <= self.settings.as_of:
                found[order.customer_id].add(self.settings.local_date(order.at))
        return {name: sorted(days) for name, days in found.items()}

    def threshold(self, scenario: str) -> float:
        """D (§3.7): p90 of the gaps, not below the floor; a quarter less or more."""
        gaps = [(b - a).days for days in self.purchases.values() for a, b in pairwise(days)]
        usual = max(float(np.percentile(gaps, 90)) if gaps else 0.0, float(self.settings.inactivity_min_days))
        return usual * {"usual": 1.0, "shorter": 0.75, "longer": 1.25}[scenario]

    def buying(self, scenario: str) -> list["Buying"]:
        """Relationships of buyers: gone once it is longer than D since the last purchase (§3.7)."""
        threshold = self.threshold(scenario)
        found = []
        for name, days in self.purchases.items():
            start = days[0]
            for on, following in zip(days, [*days[1:], None], strict=True):
                if ((following or self.settings.today) - on).days > threshold:
                    gone = on + math.ceil(threshold) * DAY
                    found.append(Buying(name, start, on, gone, following))
                    start = following or start
                elif following is None:
                    found.append(Buying(name, start, on, date.max, None))
        return found

    def fct_order_lapses(self) -> Rows:
        """Buyers gone by as_of."""
        return {
            (spell.customer_id, self.settings.midnight(spell.gone)): {
                "last_purchase_date": spell.last,
                "started_date": spell.start,
                "returned_date": spell.following,
            }
            for spell in self.buying("usual")
            if spell.gone < date.max
        }

    def kpi_inactivity(self) -> Rows:
        """Point to point, as §3.1."""
        found: Rows = {}
        for scenario in ("usual", "shorter", "longer"):
            for period in self.periods:
                if not self.has_begun(period):
                    continue
                rows = {
                    label: {
                        "base": base,
                        "active_customers": base,
                        "inactive_customers": gone,
                        "inactive_churn_rate": gone / base,
                    }
                    for label, (gone, base) in self.inactive(scenario, period).items()
                }
                hide(rows, self.settings, ("inactive_churn_rate",), period.is_immature)
                found |= {(scenario, period.grain, period.start, *label): row for label, row in rows.items()}
        return found

    def inactive(self, scenario: str, period: Period) -> dict[tuple[str, str], tuple[int, int]]:
        """Buyers gone at the end, and active at the start, by breakdown."""
        spells = self.buying(scenario)
        active = {row.customer_id for row in spells if row.start <= period.start < row.gone}
        there = {row.customer_id for row in spells if row.start <= period.end < row.gone}
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for name in active:
            for label, _ in self._buyer_labels(name, period.start):
                gone, base = found.get(label, (0, 0))
                found[label] = gone + (name not in there), base + 1
        return found

    def _buyer_labels(self, name: str, on: date) -> Iterable[tuple[tuple[str, str], date]]:
        yield ("total", "total"), on
        for dimension in LABELS[1:]:
            yield (dimension, self.attribute(name, dimension, on)), on

    # The long table

    METRICS = (
        "logo_churn_rate", "churn_events", "intra_period_churn", "churn_hazard", "nrr", "grr", "nrr_12m",
        "grr_12m", "quick_ratio", "involuntary_share", "winback_rate_90", "churn_reason_unknown",
        "avoidable_churn_share", "inactive_churn", "mrr_new", "mrr_expansion", "mrr_reactivation",
        "mrr_resume", "mrr_contraction", "mrr_churn", "mrr_pause",
    )  # fmt: skip

    def kpi_metric_values(self) -> Rows:
        """Shares with their tests, counts, and money, by calendar period."""
        found: Rows = {}
        for metric in self.METRICS:
            cells = {
                period: getattr(self, f"_{metric}")(period) if hasattr(self, f"_{metric}") else {}
                for period in self.periods
                if self.has_begun(period) or metric in OF_EVENTS
            }
            for period, rows in cells.items():
                if not self.has_begun(period):
                    left = {label for label, cell in self.cells(period).items() if cell.events}
                    rows = {label: row for label, row in rows.items() if label in left}
                least = self.settings.min_base_money if metric.startswith("mrr_") else None
                hide(rows, self.settings, HIDDEN, period.is_immature, least)
                before = next((p for p in cells if p.grain == period.grain and p.stop == period.start), None)
                if metric in SHARES or metric in MONEY_RATIOS:
                    self._compare(metric, rows, cells[before] if before else {})
                found |= {(metric, period.grain, period.start, *label): row for label, row in rows.items()}
        return found

    def _compare(self, metric: str, rows: Mapping[Key, Row], before: Mapping[Key, Row]) -> None:
        """Change against the calendar period before, tested with T3 and T2, or with z of T7 (§0.6)."""
        by_dimension = defaultdict(list)
        for label, row in rows.items():
            earlier = before.get(label)
            row["previous_value"] = earlier["value"] if earlier and row["value"] is not None else None
            for name in ("change", "change_ci_low", "change_ci_high", "p_value", "p_adjusted", "signal"):
                row[name] = None
            if row["value"] is None or row["previous_value"] is None:
                continue
            assert earlier
            row["change"] = row["value"] - earlier["value"]
            if row["publish_status"] == "immature":
                continue
            if metric in SHARES:
                now, then = ((int(each["numerator"]), int(each["base"])) for each in (row, earlier))
                row["change_ci_low"], row["change_ci_high"] = newcombe(now, then)
                row["p_value"] = two_proportions(now, then)
            elif row["standard_error"] is not None and earlier["standard_error"] is not None:
                change, error = row["change"], math.hypot(row["standard_error"], earlier["standard_error"])
                if error:
                    row["change_ci_low"], row["change_ci_high"] = change - Z * error, change + Z * error
                    row["p_value"] = float(2 * stats.norm.sf(abs(change) / error))
            if row["p_value"] is not None:
                by_dimension[label[0]].append(row)
        for family in by_dimension.values():
            holm(family)
        for label, row in rows.items():
            bases = row["base"], before[label]["base"] if label in before else 0
            if row["p_adjusted"] is not None and min(bases) >= self.settings.min_base_reliable:
                is_real = row["p_adjusted"] < 0.05 and abs(row["change"]) >= self.deltas[metric]
                row["signal"] = "none" if not is_real else "up" if row["change"] > 0 else "down"

    def _of_cells(self, period: Period, of: Callable[["Cell"], Row | None]) -> dict[Key, Row]:
        found = {label: of(cell) for label, cell in self.cells(period).items()}
        return {label: row for label, row in found.items() if row}

    def _logo_churn_rate(self, period: Period) -> dict[Key, Row]:
        return self._of_cells(period, lambda cell: share(len(cell.lost), len(cell.opening)))

    def _involuntary_share(self, period: Period) -> dict[Key, Row]:
        return self._of_cells(
            period,
            lambda cell: share(sum(c.churn_type == "involuntary" for c in cell.events), len(cell.events)),
        )

    def _churn_reason_unknown(self, period: Period) -> dict[Key, Row]:
        return self._of_cells(
            period, lambda cell: share(sum(c.reason == "unknown" for c in cell.events), len(cell.events))
        )

    def _avoidable_churn_share(self, period: Period) -> dict[Key, Row]:
        def avoidable(churn: Churn) -> bool:
            return churn.churn_type == "voluntary" and churn.reason in self.avoidable

        return self._of_cells(period, lambda cell: share(sum(map(avoidable, cell.events)), len(cell.events)))

    def _winback_rate_90(self, period: Period) -> dict[Key, Row]:
        days = self.settings.winback_days * DAY

        def won(cell: Cell) -> Row | None:
            mature = [c for c in cell.events if c.end + days <= self.settings.today and not c.is_provisional]
            return share(sum(bool(c.returned and c.returned <= c.end + days) for c in mature), len(mature))

        return self._of_cells(period, won)

    def _inactive_churn(self, period: Period) -> dict[Key, Row]:
        found = {label: share(*pair) for label, pair in self.inactive("usual", period).items()}
        return {label: row for label, row in found.items() if row}

    def _nrr(self, period: Period) -> dict[Key, Row]:
        return self._of_cells(period, lambda cell: money_ratio(cell.kept))

    def _grr(self, period: Period) -> dict[Key, Row]:
        return self._of_cells(period, lambda cell: money_ratio(cell.capped))

    def _year(self, period: Period) -> "Iterable[tuple[tuple[str, str], Cell]]":
        if period.grain != "month":
            return {}.items()
        start = add_months(period.end, -12)
        return self.cells(Period("12m", start, start, period.end, period.is_immature)).items()

    def _nrr_12m(self, period: Period) -> dict[Key, Row]:
        found = {label: money_ratio(cell.kept) for label, cell in self._year(period)}
        return {label: row for label, row in found.items() if row}

    def _grr_12m(self, period: Period) -> dict[Key, Row]:
        found = {label: money_ratio(cell.capped) for label, cell in self._year(period)}
        return {label: row for label, row in found.items() if row}

    def _exposed(self, period: Period) -> dict[tuple[str, str], int]:
        """Who could leave in the period: covered at its start, or begun in it."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for life in self.lives.values():
            on = period.start
            starts = [spell.start for spell in life.spells if period.start < spell.start < period.stop]
            for day_of in [*([on] if life.state(on) != GONE else []), *starts]:
                for label in self.labels(life, day_of).items():
                    found[label] += 1
        return found

    def _counted(self, period: Period, of: Callable[["Cell"], Row]) -> dict[Key, Row]:
        cells = self.cells(period)
        return {
            label: {"base": base, **of(cells.get(label, Cell()))}
            for label, base in self._exposed(period).items()
        }

    def _churn_events(self, period: Period) -> dict[Key, Row]:
        def counted(cell: Cell) -> Row:
            low, high = poisson(len(cell.events))
            return {"value": float(len(cell.events)), "ci_low": low, "ci_high": high}

        return self._counted(period, counted)

    def _intra_period_churn(self, period: Period) -> dict[Key, Row]:
        return self._counted(
            period, lambda cell: {"value": float(sum(c.spell.start >= period.start for c in cell.events))}
        )

    def _churn_hazard(self, period: Period) -> dict[Key, Row]:
        """Events by customer-months: days covered, as the customer was then, by the length of the month."""
        months: dict[tuple[str, str], float] = defaultdict(float)
        for life in self.lives.values():
            for on in life.states:
                if period.start <= on < min(period.stop, self.settings.today):
                    first = first_of("month", on)
                    for label in self._labels_by_day(life, on):
                        months[label] += 1 / (add_months(first, 1) - first).days
        cells = self.cells(period)
        found = {}
        for label, base in self._exposed(period).items():
            events = len(cells[label].events) if label in cells else 0
            low, high = poisson(events)
            found[label] = {
                "base": base,
                **{
                    name: amount / months[label] if months[label] else None
                    for name, amount in (("value", events), ("ci_low", low), ("ci_high", high))
                },
                "denominator": months[label],
            }
        return found

    @cache  # noqa: B019 - an oracle lives as long as its test
    def _labels_by_day(self, life: Life, on: date) -> tuple[tuple[str, str], ...]:
        return tuple(self.labels(life, on).items())

    def _moved(self, kinds: Iterable[str], period: Period) -> dict[Key, list[tuple[str, Decimal]]]:
        """Movements of a month by the customer at its opening, or at its closing if it was not there."""
        found = defaultdict(list)
        for life in self.lives.values():
            movement = self.movement(life, period)
            if movement and movement[0] in kinds and period.grain == "month":
                on = period.start if life.state(period.start) != GONE else period.end
                for label in self.labels(life, on).items():
                    found[label].append((movement[0], abs(movement[2] - movement[1])))
        return found

    def __getattr__(self, name: str) -> Any:
        """The seven movements as metrics."""
        if not name.startswith("_mrr_"):
            raise AttributeError(name)

        def moved(period: Period) -> dict[Key, Row]:
            return {
                label: {"base": len(rows), "value": float(sum((amount for _, amount in rows), ZERO))}
                for label, rows in self._moved([name.removeprefix("_mrr_")], period).items()
            }

        return moved

    def _quick_ratio(self, period: Period) -> dict[Key, Row]:
        gains = {"new", "reactivation", "expansion"}
        found = {}
        for label, rows in self._moved([*gains, *LOST, "retained", "resume"], period).items():
            pairs = [
                (amount if kind in gains else ZERO, amount if kind in LOST else ZERO) for kind, amount in rows
            ]
            found[label] = money_ratio(pairs) or {"base": len(pairs), "value": None}
        return found

    # Lifetimes and costs

    def kpi_lifetimes(self) -> Rows:
        """Median, restricted mean and the first 90 days of the curves of all customers together."""
        return {
            ("all", self.first_month, *label): self.lifetime(lives) for label, lives in self.curves().items()
        }

    def lifetime(self, lives: Sequence["Duration"]) -> Row:
        """What one curve says."""
        steps: list[tuple[int, float, float]] = []
        survival, greenwood = 1.0, 0.0
        for on in sorted({life.days for life in lives if life.cause and life.entry < life.days}):
            at_risk = sum(life.entry < on <= life.days for life in lives)
            gone = sum(life.days == on and life.cause is not None for life in lives)
            survival *= 1 - gone / at_risk
            greenwood += gone / (at_risk * (at_risk - gone)) if at_risk > gone else 0.0
            steps.append((on, survival, greenwood))
        longest = max(life.days for life in lives)
        until = min(int(HORIZON_DAYS), longest)
        edges = [0, *(on for on, _, _ in steps if on < until), until]
        heights = [1.0, *(height for on, height, _ in steps if on < until)]
        early = [step for step in steps if step[0] <= 90]
        at_90 = early[-1][1] if early else 1.0
        shown = {
            "median_days": next((on for on, height, _ in steps if height <= 0.5 + 1e-9), None),
            "restricted_mean_days": sum(
                (b - a) * height for (a, b), height in zip(pairwise(edges), heights, strict=True)
            ),
            "early_life_churn": 1 - at_90 if longest >= 90 or not at_90 else None,
        }
        if len(lives) < self.settings.min_base_publish:
            shown = dict.fromkeys(shown)
        return {
            "base": len(lives),
            "churned": sum(life.cause is not None for life in lives),
            "longest_days": longest,
            "horizon_days": until,
            **shown,
        }

    @cached_property
    def first_payments(self) -> dict[str, date]:
        """First day a customer paid, for a subscription or a purchase."""
        found = {name: days[0] for name, days in self.purchases.items()}
        for name, life in self.lives.items():
            found[name] = min(life.first_paid, found.get(name, date.max))
        return found

    def kpi_tenure_hazards(self) -> Rows:
        """Share of those there that leave in a month of tenure, from the steps of the curve (§3.6)."""
        found: Rows = {}
        for label, lives in self.curves().items():
            left: dict[int, list[int]] = defaultdict(list)
            for life in lives:
                if life.cause:
                    left[math.ceil(life.days / MONTH_DAYS) - 1].append(life.days)
            for month in range(math.ceil(max(life.days for life in lives) / MONTH_DAYS)):
                first = math.floor(month * MONTH_DAYS) + 1
                at_risk = sum(life.entry < first <= life.days for life in lives)
                end = (month + 1) * MONTH_DAYS
                observed = sum(life.entry < end and first <= life.days for life in lives)
                stays, days = 1.0, left.get(month, [])
                for on in sorted(set(days)):
                    stays *= 1 - days.count(on) / sum(life.entry < on <= life.days for life in lives)
                is_shown = observed >= self.settings.min_base_publish
                found[*label, month] = {
                    "base": observed,
                    "at_risk": at_risk,
                    "churned": len(days),
                    "hazard": 1 - stays if is_shown else None,
                    "is_quotable": at_risk >= self.settings.min_at_risk,
                }
        return found

    def kpi_acquisition_costs(self) -> Rows:
        """Cost of everybody won in the period by those who first paid in it, by channel (§5)."""
        won: dict[Key, list[Decimal]] = defaultdict(list)
        paid: dict[Key, int] = defaultdict(int)
        for name, row in self.raw.customers.items():
            acquired_at = instant(row.get("acquired_at"), self.settings.source_zone)
            cost = text(row.get("acquisition_cost"))
            won_on = self.settings.local_date(acquired_at) if acquired_at else self.first_payments.get(name)
            if name in self.raw.tests or won_on is None or cost is None:
                continue
            # Nobody knows when it was won: in the month it first paid, which no lag moves.
            spent_on = add_months(won_on, self.settings.cac_lag_months if acquired_at else 0)
            if spent_on > self.settings.today:
                continue
            for key in self._cost_keys(spent_on, text(row.get("acquisition_channel"))):
                won[key].append(Decimal(cost))
        for name, on in self.first_payments.items():
            for key in self._cost_keys(on, self.attribute(name, "acquisition_channel", on)):
                paid[key] += 1
        rows: dict[tuple[Any, ...], dict[tuple[str, str], Row]] = defaultdict(dict)
        for key, customers in paid.items():
            cost = sum(won.get(key, []), ZERO)
            rows[key[:2]][key[2:]] = {
                "base": customers,
                "new_customers": customers,
                "acquisition_cost": cost if key in won else None,
                "cac": float(cost) / customers if key in won else None,
            }
        for period in rows.values():
            hide(period, self.settings, ("acquisition_cost", "cac"), False)
            for row in period.values():
                del row["publish_status"]
        return {(*key, *label): row for key, period in rows.items() for label, row in period.items()}

    def _cost_keys(self, on: date, channel: str | None) -> Iterable[Key]:
        for grain in GRAINS:
            yield grain, first_of(grain, on), "total", "total"
            yield grain, first_of(grain, on), "acquisition_channel", channel or "unknown"
        yield "all", self.first_month, "total", "total"
        yield "all", self.first_month, "acquisition_channel", channel or "unknown"

    def kpi_churn_competitors(self) -> Rows:
        """Who is named, of churns with any evidence of a competitor (§3.9)."""
        found: Rows = {}
        for period in self.periods:
            for label, cell in self.cells(period).items():
                named: dict[str, int] = defaultdict(int)
                base = 0
                for churn in cell.events:
                    name = churn.cancellation.competitor if churn.cancellation else None
                    left_for_one = any(reason == "competitor_offer" for _, reason, _, _ in churn.evidence)
                    if name or left_for_one:
                        base += 1
                        named["_".join((name or "unknown").lower().split())] += 1
                for name, customers in named.items():
                    found[period.grain, period.start, *label, name] = {
                        "base": base,
                        "churned_customers": customers,
                        "share": customers / base if base >= self.settings.min_base_publish else None,
                    }
        return found

    def kpi_churn_reason_mentions(self) -> Rows:
        """Primary or contributing, of all churns."""
        found: Rows = {}
        for period in self.periods:
            for label, cell in self.cells(period).items():
                mentions: dict[str, int] = defaultdict(int)
                for churn in cell.events:
                    for reason in {reason for _, reason, _, _ in churn.evidence}:
                        mentions[reason] += 1
                base = len(cell.events)
                for reason, events in mentions.items():
                    found[period.grain, period.start, *label, reason] = {
                        "base": base,
                        "mentions": events,
                        "mention_share": events / base if base >= self.settings.min_base_publish else None,
                    }
        return found


class Buying(NamedTuple):
    """Purchases that follow each other within the threshold; `gone` is date.max while they may go on."""

    customer_id: str
    start: date
    last: date
    gone: date
    following: date | None


class Duration(NamedTuple):
    """A first relationship: tenure at entry and exit, and the type of churn if it ended."""

    entry: int
    days: int
    cause: str | None


def share(hits: int, base: int) -> Row | None:
    """A proportion with T1; nothing without a base."""
    if not base:
        return None
    low, high = wilson(hits, base)
    return {
        "base": base, "value": hits / base, "numerator": float(hits), "denominator": float(base),
        "ci_low": low, "ci_high": high,
    }  # fmt: skip


def money_ratio(pairs: Sequence[tuple[Decimal, Decimal]]) -> Row | None:
    """A ratio of money with T7; nothing without an opening."""
    found = ratio(pairs)
    return found and {
        "base": len(pairs), "value": found.value, "standard_error": found.error,
        "numerator": float(sum((y for y, _ in pairs), ZERO)),
        "denominator": float(sum((x for _, x in pairs), ZERO)),
        "ci_low": found.low, "ci_high": found.high,
    }  # fmt: skip


def log_log(survival: float, greenwood: float) -> tuple[float | None, float | None]:
    """The log-log band of S (§3.6); none where S is 0 or 1."""
    if not 0 < survival < 1:
        return None, None
    power = Z * math.sqrt(greenwood) / math.log(survival)
    return survival ** math.exp(-power), survival ** math.exp(power)


class Cell:
    """Customers and events of one breakdown of one period."""

    def __init__(self) -> None:
        """Nobody yet."""
        self.opening: list[tuple[Life, State, State]] = []
        self.events: list[Churn] = []

    @property
    def lost(self) -> list[tuple[Life, State, State]]:
        """Neither paying nor paused at the end."""
        return [row for row in self.opening if not row[2].mrr and not row[2].is_paused]

    @property
    def reasons(self) -> Counter[str]:
        """Events by primary reason."""
        return Counter(churn.reason for churn in self.events)

    @property
    def kept(self) -> list[tuple[Decimal, Decimal]]:
        """Pairs of nrr."""
        return [(closing.mrr, opening.mrr) for _, opening, closing in self.opening]

    @property
    def capped(self) -> list[tuple[Decimal, Decimal]]:
        """Pairs of grr."""
        return [(min(closing.mrr, opening.mrr), opening.mrr) for _, opening, closing in self.opening]


def hide(
    rows: Mapping[tuple[str, str], Row], settings: Settings, values: Iterable[str], is_immature: bool,
    least: int | None = None,
) -> None:  # fmt: skip
    """publish_status, and no values where it says suppressed: small cells, and the next smallest (D5, D6)."""
    by_dimension = defaultdict(list)
    for label in rows:
        by_dimension[label[0]].append(label)
    for labels in by_dimension.values():
        labels.sort(key=lambda label: (rows[label]["base"], label[1]))
        # A cell of nobody hides nobody, and takes no other with it.
        empty = [label for label in labels if not rows[label]["base"]]
        others = [label for label in labels if rows[label]["base"]]
        small = [label for label in others if rows[label]["base"] < (least or settings.min_base_publish)]
        hidden = [*empty, *(others[:2] if len(small) == 1 else small)]
        for label in labels:
            row = rows[label]
            if label in hidden:
                row |= dict.fromkeys(values) | {"publish_status": "suppressed"}
            elif is_immature:
                row["publish_status"] = "immature"
            else:
                row["publish_status"] = "low_base" if row["base"] < settings.min_base_reliable else "ok"
            if row.get("value", 0) is None and label not in hidden:
                row["publish_status"] = "not_estimable"
