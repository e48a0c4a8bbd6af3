"""Bots, staff and the service rows of the long table, a second time from the texts (METRICS §4, §10.1).

Stands on the oracles of service and of feedback: tickets' lives of the one, answers about them of the other.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from oracle_feedback import Answer, Facts, is_satisfied, period_start
from oracle_scores import GRAINS, Cell, Change, Mean, Scores, Share, two_sided
from oracle_service import (
    ALWAYS,
    SKEW,
    SOLVED,
    Life,
    Message,
    Oracle,
    RawTables,
    Row,
    Settings,
    boolean,
    first_below,
    is_open,
    kaplan_meier,
    minutes,
    newest,
    quantile,
    reopened_within,
    share,
    text,
)
from scipy import stats

RECONTACT = timedelta(hours=72)
TARGET_MINUTES = 60.0
Z = 1.959963984540054
Z_OUTER = 3.0902
STAFF_METRICS = ("fcr", "one_touch", "reopen_rate", "sla_attainment", "csat_t2b")


# Samples of the long table --------------------------------------------------------------------------


@dataclass(frozen=True)
class Curve:
    """Waits, some of them still running: a quantile by Kaplan-Meier and log-rank (T9, T10)."""

    waits: Sequence[tuple[float, bool]]
    level: float = 0.5
    least: int = 0

    @property
    def base(self) -> int:
        """How many."""
        return len(self.waits)

    @property
    def row(self) -> Row:
        """The quantile and its band; a high one needs a larger base."""
        steps = kaplan_meier(self.waits)
        columns = {
            "value": [(t, s) for t, s, _, _ in steps],
            "ci_low": [(t, low) for t, _, low, _ in steps],
            "ci_high": [(t, high) for t, _, _, high in steps],
        }
        if self.base < self.least:
            return dict.fromkeys(columns)
        return {name: first_below(curve, self.level) for name, curve in columns.items()}

    def since(self, before: "Curve") -> Change:
        """Log-rank of the whole curves, where both reach the quantile."""
        if self.row["value"] is None or before.row["value"] is None:
            return Change()
        return Change(p=log_rank(self.waits, before.waits))


@dataclass(frozen=True)
class Within:
    """Share answered by a target, those who wait counted (1 - S, T9)."""

    waits: Sequence[tuple[float, bool]]

    @property
    def base(self) -> int:
        """How many."""
        return len(self.waits)

    @property
    def row(self) -> Row:
        """Null where nobody was watched so long; the error is Greenwood's."""
        survival, low, high, greenwood = 1.0, None, None, 0.0
        for t, s, lower, upper in kaplan_meier(self.waits):
            if t <= TARGET_MINUTES:
                survival, low, high = s, lower, upper
                at_risk = sum(length >= t for length, _ in self.waits)
                events = sum(length == t and happened for length, happened in self.waits)
                greenwood += events / (at_risk * (at_risk - events)) if events < at_risk else 0.0
        if survival > 0 and max(t for t, _ in self.waits) < TARGET_MINUTES:
            return dict.fromkeys(("value", "standard_error", "ci_low", "ci_high"))
        return {
            "value": 1 - survival, "standard_error": survival * math.sqrt(greenwood),
            "ci_low": None if high is None else 1 - high, "ci_high": None if low is None else 1 - low,
        }  # fmt: skip

    def since(self, before: "Within") -> Change:
        """The difference itself by the errors of both (decisions, 41)."""
        now, then = self.row, before.row
        if now["value"] is None or then["value"] is None:
            return Change()
        d, error = now["value"] - then["value"], math.hypot(now["standard_error"], then["standard_error"])
        return Change(d - Z * error, d + Z * error, two_sided(d / error)) if error else Change()


@dataclass(frozen=True)
class Durations:
    """Minutes that cannot be censored: their median, T8 and T15."""

    values: Sequence[float]

    @property
    def base(self) -> int:
        """How many."""
        return len(self.values)

    @property
    def row(self) -> Row:
        """Median between the ranks of T8 as SQL may approximate them."""
        ordered, n = sorted(self.values), len(self.values)
        spread = Z * math.sqrt(n / 4)
        low, high = math.floor(n / 2 - spread), math.ceil(1 + n / 2 + spread)
        return {
            "value": quantile(ordered, 0.5),
            "ci_low": ordered[low - 1] if low >= 1 else None,
            "ci_high": ordered[high - 1] if high <= n else None,
        }

    def since(self, before: "Durations") -> Change:
        """Mann-Whitney, ties corrected."""
        if len({*self.values, *before.values}) < 2:
            return Change()
        test = stats.mannwhitneyu(self.values, before.values, method="asymptotic", use_continuity=False)
        return Change(p=float(test.pvalue))


@dataclass(frozen=True)
class Rate:
    """Tickets beside customers: T11 and the ratio of two rates."""

    events: int
    exposure: float

    @property
    def base(self) -> int:
        """Average customers, as whole ones."""
        return math.floor(self.exposure + 0.5)

    @property
    def row(self) -> Row:
        """Per thousand."""
        low = float(stats.chi2.ppf(0.025, 2 * self.events)) / 2 if self.events else 0.0
        high = float(stats.chi2.ppf(0.975, 2 * self.events + 2)) / 2
        return {
            "value": 1000 * self.events / self.exposure, "numerator": self.events,
            "denominator": self.exposure, "standard_error": 1000 * math.sqrt(self.events) / self.exposure,
            "ci_low": 1000 * low / self.exposure, "ci_high": 1000 * high / self.exposure,
        }  # fmt: skip

    def since(self, before: "Rate") -> Change:
        """The difference itself by the errors of both (decisions, 41)."""
        now, then = self.row, before.row
        d, error = now["value"] - then["value"], math.hypot(now["standard_error"], then["standard_error"])
        return Change(d - Z * error, d + Z * error, two_sided(d / error)) if error else Change()


@dataclass(frozen=True)
class Stock:
    """Tickets open at one moment: how many, or how old the median one is (T8)."""

    ages: Sequence[float]
    counted: bool = False

    @property
    def base(self) -> int:
        """How many."""
        return len(self.ages)

    @property
    def row(self) -> Row:
        """A count has no interval."""
        return {"value": self.base} if self.counted else Durations(self.ages).row

    def since(self, before: "Stock") -> Change:
        """Control charts look at stocks, no test does."""
        return Change()


def log_rank(a: Sequence[tuple[float, bool]], b: Sequence[tuple[float, bool]]) -> float | None:
    """P of two curves (TV-KM-3)."""
    observed = expected = spread = 0.0
    for t in {length for length, happened in [*a, *b] if happened}:
        own, other = (sum(length >= t for length, _ in waits) for waits in (a, b))
        events = [sum(length == t and happened for length, happened in waits) for waits in (a, b)]
        n, d = own + other, sum(events)
        observed += events[0]
        expected += d * own / n
        if n > 1:
            spread += d * own / n * (other / n) * (n - d) / (n - 1)
    return two_sided((observed - expected) / math.sqrt(spread)) if spread > 0 else None


# Facts ----------------------------------------------------------------------------------------------


class Support(Oracle):
    """What bots and staff did, and every service row of the long table."""

    def __init__(
        self, tables: RawTables, settings: Settings, facts: Facts, *, agent_min_base: int = 30
    ) -> None:
        """Live every ticket's life, and keep what its customers answered."""
        super().__init__(tables, settings)
        self.facts, self.scores, self.agent_min_base = facts, Scores(facts), agent_min_base
        for life in self.lives.values():
            life.segment = facts.as_of(life.ticket.customer_id, "segment", life.created_at)

    def _is_person(self, employee_id: str | None) -> bool:
        return employee_id is not None and self.raw.roles.get(employee_id) not in {"bot", "system"}

    def _assignee_at(self, life: Life, at: datetime) -> str | None:
        """Who was in charge at an instant."""
        history = self._history(life.ticket, "assignee") or [(ALWAYS, life.ticket.attributes["assignee_id"])]
        return [value for since, value in history if since <= at][-1]

    # Bots (§4.5, decisions 40)

    def fct_bot_conversations(self) -> dict[tuple[Any, ...], Row]:
        """Tickets in which a bot answered before any person."""
        rows: dict[tuple[Any, ...], Row] = {}
        for name, life in self.lives.items():
            said = [message for message in life.messages if message.is_human or message.is_bots]
            bots = [message for message in said if message.is_bots and message.at >= life.created_at - SKEW]
            is_before_people = bots and all(bots[0].at < message.at for message in said if message.is_human)
            is_before_solution = bots and (not life.solved_at or bots[0].at <= life.solved_at[0])
            if is_before_people and is_before_solution:
                rows[(name,)] = self._conversation(life, bots[0].at, said)
        return rows

    def _conversation(self, life: Life, began_at: datetime, said: Sequence[Message]) -> Row:
        as_of = self.settings.as_of
        solved_at = life.solved_at[0] if life.solved_at else None
        assigned = [
            event.at
            for event in self.raw.events.get(life.ticket.ticket_id, ())
            if event.field == "assignee" and event.at <= as_of and self._is_person(event.new)
        ]
        replied = [message.at for message in said if message.is_human]
        handed_off = [
            at
            for at in [*replied[:1], *assigned]
            if began_at <= at and (solved_at is None or at <= solved_at)
        ]
        written = [m.at for m in life.messages if m.is_human or m.is_bots or m.is_customers]
        last = max(written)
        outcome, ended_at = "running", None
        if handed_off:
            outcome, ended_at = "handed_off", min(handed_off)
        elif solved_at is not None:
            first_end = next(
                spell.status for spell in life.spells if spell.start == solved_at and spell.status in SOLVED
            )
            outcome, ended_at = ("solved" if first_end == "solved" else "abandoned"), solved_at
        elif life.is_unknown_closure:
            outcome, ended_at = "solved", last
        elif last + RECONTACT <= as_of:
            outcome, ended_at = "abandoned", last
        is_mature = ended_at is not None and ended_at + RECONTACT <= as_of
        again = ended_at is not None and (
            any(ended_at <= at <= ended_at + RECONTACT for at in life.reopened_at)
            or any(
                other is not life
                and life.ticket.customer_id is not None
                and other.ticket.customer_id == life.ticket.customer_id
                and ended_at < other.created_at <= ended_at + RECONTACT
                for other in self.lives.values()
            )
        )
        return {
            "customer_id": life.ticket.customer_id,
            "outcome": outcome,
            "is_mature": is_mature,
            "is_recontacted": again,
            "is_contained": outcome == "solved" and not again,
            "ended_date": None if ended_at is None else self.settings.local_date(ended_at),
            "first_bot_reply_at": began_at,
            "handed_off_at": min(handed_off, default=None),
            "ended_at": ended_at,
        }

    def _mature_conversations(self) -> list[tuple[Life, datetime, Row]]:
        facts = self.fct_bot_conversations()
        return [
            (self.lives[name], row["ended_at"], row) for (name,), row in facts.items() if row["is_mature"]
        ]

    def kpi_bots(self) -> dict[tuple[Any, ...], Row]:
        """Mature conversations by the period of their end."""
        rows: dict[tuple[Any, ...], Row] = {}
        ended = self._mature_conversations()
        first = min((at for _, at, _ in ended), default=self.settings.as_of)
        for (grain, start, dimension, value), cell in self._breakdowns(ended, first):
            base = len(cell)
            counts = {
                "handed_off": sum(row["outcome"] == "handed_off" for row in cell),
                "abandoned": sum(row["outcome"] == "abandoned" for row in cell),
                "claimed": sum(row["outcome"] == "solved" for row in cell),
                "contained": sum(row["is_contained"] for row in cell),
            }
            names = {
                "handed_off": ("handoff_rate", "handoff_ci_low", "handoff_ci_high"),
                "abandoned": ("abandon_rate", "abandon_ci_low", "abandon_ci_high"),
                "claimed": tuple(f"claimed_containment_{x}" for x in ("rate", "ci_low", "ci_high")),
                "contained": tuple(f"true_containment_{x}" for x in ("rate", "ci_low", "ci_high")),
            }
            row: Row = {"base": base, "conversations": base, **counts}
            for count, columns in names.items():
                row |= share(columns, counts[count], base, shown=base >= self.settings.min_base_publish)
            row["publish_status"] = self._status(grain, start, base)
            rows[grain, start, dimension, value] = row
        return rows

    # Staff (§10.1)

    def fct_staff_outcomes(self) -> dict[tuple[Any, ...], Row]:
        """Everything somebody answers for, once its window is over."""
        rows: dict[tuple[Any, ...], Row] = {}
        as_of = self.settings.as_of
        fcr, reopening = (
            timedelta(days=days) for days in (self.settings.fcr_window_days, self.settings.reopen_window_days)
        )
        for name, life in self.lives.items():
            if not life.solved_at:
                continue
            solved_at = life.solved_at[0]
            who = self._assignee_at(life, solved_at)
            if solved_at + fcr <= as_of:
                is_stable = not reopened_within(life, fcr)
                replies = self._ticket_row(life)["human_replies"]
                rows["fcr", name] = self._staffed(
                    life, who, solved_at, is_stable and not self._recontact(life, fcr)
                )
                rows["one_touch", name] = self._staffed(life, who, solved_at, is_stable and replies == 1)
            if solved_at + reopening <= as_of:
                rows["reopen_rate", name] = self._staffed(
                    life, who, solved_at, reopened_within(life, reopening)
                )
        for (name, metric, _), outcome in self.fct_sla_outcomes().items():
            due_at = outcome["due_at"]
            if metric == "first_reply" and due_at is not None and due_at <= as_of:
                life = self.lives[name]
                author = next((m.author_id for m in life.messages if m.is_human), None)
                row = self._staffed(life, author, due_at, outcome["outcome"] == "met")
                rows["sla_attainment", name] = row | {"priority": outcome["priority"] or "unknown"}
        # Shares keep to one scale, the most used of the programme (decisions, 20).
        votes = [
            answer
            for answer in self.facts.votes("quarter")
            if answer.metric == "csat" and answer.response.programme == "transactional"
        ]
        uses = Counter((answer.question.low, answer.question.high) for answer in votes)
        scale = max(uses, key=lambda scale: (uses[scale], scale[1]), default=None)
        for answer in votes:
            if (answer.question.low, answer.question.high) == scale and is_satisfied(answer) is not None:
                rows["csat_t2b", "|".join(map(str, answer.key))] = self._answered(answer)
        return rows

    def _answered(self, answer: Answer) -> Row:
        """A vote: the assignee at the solution of its ticket answers for it, else who the response names."""
        response, raw = answer.response, self.responses[answer.response.response_id]
        life = self.survivor(raw.get("ticket_id"))
        solver = self._assignee_at(life, life.solved_at[0]) if life is not None and life.solved_at else None
        who = solver or text(raw.get("employee_id"))
        row = self._staffed(life, who, response.at, bool(is_satisfied(answer)))
        return row | {
            name: (life and life.ticket.attributes[name]) or response.dimensions[name] or "unknown"
            for name in ("team", "office", "channel")
        }

    def survivor(self, ticket_id: Any) -> Life | None:
        """The ticket in scope a reference is about: of a merged one, whoever opened it, the root (D31)."""
        ticket = self.raw.tickets.get(str(ticket_id))
        root = None if ticket is None else self._root(ticket)
        return None if root is None else self.lives.get(root.ticket_id)

    @cached_property
    def responses(self) -> Mapping[str, Mapping[str, Any]]:
        """The newest row of each response."""
        rows = self.raw.tables.get(("surveys", "responses"), ())
        return {str(row["response_id"]): row for row in newest(rows, "response_id", self.raw.zone)}

    def _staffed(self, life: Life | None, employee_id: str | None, at: datetime, is_positive: bool) -> Row:
        attributes = {
            name: (life and life.ticket.attributes[name]) or "unknown"
            for name in ("team", "office", "channel", "priority", "topic")
        }
        return {
            "ticket_id": life.ticket.ticket_id if life else None,
            "employee_id": employee_id,
            **attributes,
            "is_positive": is_positive,
            "is_automated": employee_id is not None and not self._is_person(employee_id),
            "outcome_date": self.settings.local_date(at),
            "outcome_at": at,
        }

    def kpi_staff(self) -> dict[tuple[Any, ...], Row]:
        """Shares of employees, teams and offices by quarter, beside the company's (§10.1)."""
        rows: dict[tuple[Any, ...], Row] = {}
        company: dict[tuple[str, date], list[Row]] = defaultdict(list)
        for (metric, _), row in self.fct_staff_outcomes().items():
            company[metric, period_start("quarter", row["outcome_date"])].append(row)
        for (metric, start), outcomes in company.items():
            strata: dict[Any, list[bool]] = defaultdict(list)
            for row in outcomes:
                strata[stratum(row)].append(row["is_positive"])
            shares = {name: sum(hits) / len(hits) for name, hits in strata.items()}
            p0 = sum(row["is_positive"] for row in outcomes) / len(outcomes)
            for dimension in ("employee", "team", "office"):
                units: dict[str, list[Row]] = defaultdict(list)
                for row in outcomes:
                    value = None if row["is_automated"] else row["employee_id"]
                    if dimension != "employee":
                        value = None if row[dimension] == "unknown" else row[dimension]
                    if value is not None:
                        units[value].append(row)
                counts = {name: (sum(x["is_positive"] for x in own), len(own)) for name, own in units.items()}
                expected = {
                    name: math.fsum(shares[stratum(row)] for row in own) for name, own in units.items()
                }
                standardised = [
                    (counts[name][0] / expected[name] * p0, counts[name][1])
                    for name in units
                    if expected[name]
                ]
                prior, (phi, tau2) = Prior(list(counts.values())), dispersion(standardised, p0)
                for name in units:
                    rows[metric, "quarter", start, dimension, name] = self._unit(
                        start, counts[name], expected[name], p0, prior, phi, tau2
                    )
        return rows

    def _unit(
        self,
        start: date,
        count: tuple[int, int],
        expected: float,
        p0: float,
        prior: "Prior",
        phi: float | None,
        tau2: float,
    ) -> Row:
        (hits, base), row = count, dict[str, Any]()
        standardised = hits / expected * p0 if expected else None
        error = math.sqrt(p0 * (1 - p0) / base + tau2)
        row = {
            "rate": hits / base, "company_rate": p0, "expected": expected,
            "observed_to_expected": hits / expected if expected else None,
            "standardised_rate": standardised, **prior.shrunk(hits, base), "dispersion": phi, "tau2": tau2,
        }  # fmt: skip
        for name, z in (("95", Z), ("998", Z_OUTER)):
            row[f"funnel_low_{name}"] = max(0.0, p0 - z * error)
            row[f"funnel_high_{name}"] = min(1.0, p0 + z * error)
        if standardised is None:
            row["status"] = None
        elif standardised > p0 + Z_OUTER * error:
            row["status"] = "above"
        else:
            row["status"] = "below" if standardised < p0 - Z_OUTER * error else "within"
        status = self._status("quarter", start, base)
        if base < self.agent_min_base:
            row, status = dict.fromkeys(row), "suppressed"
        return row | {"base": base, "publish_status": status}

    # The long table

    def kpi_metric_values(self) -> dict[tuple[Any, ...], Row]:
        """The service rows."""
        by_code: dict[str, dict[Cell, Any]] = defaultdict(dict)
        for code, (grain, start, dimension, value), sample in self._samples():
            by_code[code]["none", grain, start, dimension, value] = sample
        return {
            (code, *cell): row
            for code, samples in by_code.items()
            for cell, row in self.scores._published(code, samples).items()
        }

    def _samples(self) -> Iterator[tuple[str, tuple[str, date, str, str], Any]]:
        clock = "business" if any(self.schedules.rows.values()) else "calendar"
        begun = min((life.created_at for life in self.lives.values()), default=self.settings.as_of)
        for wait, codes in (
            (
                "first_reply",
                ("frt_human_median", "frt_human_p90", "frt_within_target_share", "frt_mean_answered"),
            ),
            ("any_reply", ("frt_any_median",)),
            ("next_reply", ("next_reply_time",)),
            ("first_resolution", ("resolution_first",)),
            ("full_resolution", ("resolution_full",)),
        ):
            waits = [
                (life, at, (length, happened))
                for life in self.lives.values()
                for at, length, happened in self._waits(life, wait, clock)
            ]
            for cell, own in self._breakdowns(waits, begun):
                for code in codes:
                    if code == "frt_within_target_share":
                        yield code, cell, Within(own)
                    elif code == "frt_mean_answered":
                        answered = [length for length, happened in own if happened]
                        if answered:
                            yield code, cell, Mean(answered)
                    elif code == "frt_human_p90":
                        yield code, cell, Curve(own, 0.1, self.settings.min_base_p90)
                    else:
                        yield code, cell, Curve(own)
        yield from self._solved_samples()
        yield from self._share_samples()
        yield from self._backlog_samples()
        yield from self._contact_samples()

    def _backlog_samples(self) -> Iterator[tuple[str, tuple[str, date, str, str], Any]]:
        """What was open when the last full day of a period ended."""
        begun = [(life, life.created_at, life) for life in self.lives.values()]
        ends = dict(self._days())
        first = min((at for _, at, _ in begun), default=self.settings.as_of)
        everything = self.settings.local_date(first).replace(day=1)
        for grain in GRAINS:
            last_days: dict[date, date] = {}
            for local in ends:
                last_days[everything if grain == "all" else period_start(grain, local)] = local
            for start, local in last_days.items():
                opened = [(life, ends[local], life) for life, _, _ in begun if is_open(life, ends[local])]
                for (g, _, dimension, value), own in self._breakdowns(opened, first):
                    if g == "month":
                        ages = [minutes(ends[local] - life.created_at) for life in own]
                        yield "backlog_open", (grain, start, dimension, value), Stock(ages, counted=True)
                        yield "backlog_age", (grain, start, dimension, value), Stock(ages)

    def _contact_samples(self) -> Iterator[tuple[str, tuple[str, date, str, str], Any]]:
        """Tickets beside the customers who paid, on average over the full days of the period."""
        begun = [(life, life.created_at, life) for life in self.lives.values()]
        first = min((at for _, at, _ in begun), default=self.settings.as_of)
        everything = self.settings.local_date(first).replace(day=1)
        tickets = dict(self._breakdowns(begun, first))
        days: dict[tuple[str, date], int] = defaultdict(int)
        paying: dict[tuple[str, date, str, str], int] = defaultdict(int)
        local = everything.replace(month=1)
        while self.settings.day_end(local) <= self.settings.as_of:
            segments = self._paying_segments(local)
            for grain in GRAINS:
                start = everything if grain == "all" else period_start(grain, local)
                if (grain == "all" and local < everything) or (grain, start, "total", "total") not in tickets:
                    continue
                days[grain, start] += 1
                for segment in segments:
                    paying[grain, start, "total", "total"] += 1
                    paying[grain, start, "segment", segment] += 1
            local += timedelta(days=1)
        for cell, customer_days in paying.items():
            yield "contact_rate", cell, Rate(len(tickets.get(cell, ())), customer_days / days[cell[:2]])

    def _paying_segments(self, local: date) -> list[str]:
        """Segment of each customer who pays on a day."""
        noon = datetime.combine(local, time(12), self.settings.reporting_zone)
        return [
            self.facts.as_of(name, "segment", noon) or "unknown"
            for name, spans in self.scores.subscriptions.items()
            if any(start <= local < (end or date.max) and mrr > 0 for start, end, mrr in spans)
            and not boolean(self.facts.customers.get(name, {}).get("is_test"), absent=False)
        ]

    def _solved_samples(self) -> Iterator[tuple[str, tuple[str, date, str, str], Any]]:
        """Where the time of solved tickets went, by their last solution."""
        solved = [
            (life, life.last_solved_at, self._ticket_row(life))
            for life in self.lives.values()
            if life.is_solved and life.last_solved_at is not None
        ]
        first = min((at for _, at, _ in solved), default=self.settings.as_of)
        for cell, rows in self._breakdowns(solved, first):
            if cell[2] in ("total", "team"):
                for code, column in (
                    ("requester_wait", "requester_wait_minutes"), ("agent_wait", "agent_wait_minutes"),
                    ("on_hold", "on_hold_minutes"), ("agent_work", "agent_work_minutes"),
                ):  # fmt: skip
                    yield code, cell, Durations([round(row[column], 6) for row in rows])

    def _share_samples(self) -> Iterator[tuple[str, tuple[str, date, str, str], Any]]:
        as_of = self.settings.as_of
        closed = [
            (life, life.last_solved_at, self._ticket_row(life)["reply_outcome"] == "closed_without_reply")
            for life in self.lives.values()
            if life.is_solved and life.last_solved_at is not None and not life.is_void
        ]
        yield from self._shares("no_reply_rate", closed)
        solved = [(life, life.solved_at[0]) for life in self.lives.values() if life.solved_at]
        outcomes = self.fct_staff_outcomes()
        for metric in ("fcr", "one_touch", "reopen_rate"):
            rows = [
                (life, at, outcomes[metric, life.ticket.ticket_id]["is_positive"])
                for life, at in solved
                if (metric, life.ticket.ticket_id) in outcomes
            ]
            yield from self._shares(metric, rows, first=min((at for _, at in solved), default=as_of))
        due = [
            (self.lives[name], row["due_at"], (row["outcome"] == "met", row["priority"]))
            for (name, _, _), row in self.fct_sla_outcomes().items()
            if row["due_at"] is not None and row["due_at"] <= as_of and row["outcome"] != "running"
        ]
        first = min((at for _, at, _ in due), default=as_of)
        for cell, own in self._breakdowns(due, first, priority=lambda row: row[1]):
            yield "sla_attainment", cell, Share(sum(met for met, _ in own), len(own))
        bots = [(life, at, row["is_contained"]) for life, at, row in self._mature_conversations()]
        yield from self._shares("bot_containment_true", bots)

    def _shares(
        self, code: str, rows: Iterable[tuple[Life, datetime, bool]], *, first: datetime | None = None
    ) -> Iterator[tuple[str, tuple[str, date, str, str], Share]]:
        rows = list(rows)
        first = first or min((at for _, at, _ in rows), default=self.settings.as_of)
        for cell, hits in self._breakdowns(rows, first):
            yield code, cell, Share(sum(hits), len(hits))


CODES = {
    "frt_human_median", "frt_human_p90", "frt_any_median", "frt_within_target_share", "frt_mean_answered",
    "next_reply_time", "resolution_first", "resolution_full", "requester_wait", "agent_wait", "on_hold",
    "agent_work", "no_reply_rate", "fcr", "one_touch", "reopen_rate", "sla_attainment",
    "bot_containment_true", "backlog_open", "backlog_age", "contact_rate",
}  # fmt: skip


# Scorecards (§10.1) ---------------------------------------------------------------------------------


def stratum(row: Row) -> tuple[str, str, str]:
    """What kind of work it was."""
    return row["channel"], row["topic"], row["priority"]


class Prior:
    """Beta prior of units by the moments of their shares (TV-CARD-3); none where they differ by chance."""

    def __init__(self, counts: Sequence[tuple[int, int]]) -> None:
        """Hits and bases of all units."""
        k, n = len(counts), sum(base for _, base in counts)
        self.hits, self.base = sum(hits for hits, _ in counts), n
        self.alpha = self.beta = None
        if k < 2 or n <= k:
            return
        pooled = self.hits / n
        msb = math.fsum(base * (hits / base - pooled) ** 2 for hits, base in counts) / (k - 1)
        msw = math.fsum(hits * (1 - hits / base) for hits, base in counts) / (n - k)
        n0 = (n - sum(base * base for _, base in counts) / n) / (k - 1)
        below = msb + (n0 - 1) * msw
        rho = (msb - msw) / below if below > 0 else 0.0
        if rho > 0:
            weight = (1 - rho) / rho
            self.alpha, self.beta = pooled * weight, (1 - pooled) * weight

    def shrunk(self, hits: int, base: int) -> Row:
        """Posterior mean and its Wilson interval; everybody alike without a prior."""
        x: float = self.hits
        n: float = self.base
        if self.alpha is not None and self.beta is not None:
            x, n = hits + self.alpha, base + self.alpha + self.beta
        columns = ("shrunk_rate", "shrunk_ci_low", "shrunk_ci_high")
        return share(columns, x, n, shown=True) | {"prior_alpha": self.alpha, "prior_beta": self.beta}  # type: ignore[arg-type]


def dispersion(shares: Sequence[tuple[float, int]], p0: float) -> tuple[float | None, float]:
    """Phi and tau squared of the funnel (TV-FUNNEL-2), outermost tenths drawn in from ten units on."""
    k = len(shares)
    if p0 in (0.0, 1.0) or not k:
        return None, 0.0
    z = sorted((p - p0) / math.sqrt(p0 * (1 - p0) / base) for p, base in shares)
    if k >= 10:
        out = k // 10
        z = [z[out]] * out + z[out : k - out] + [z[k - out - 1]] * out
    phi = math.fsum(one * one for one in z) / k
    if k < 2:
        return z[0] ** 2, 0.0
    weights = [base / (p0 * (1 - p0)) for _, base in shares]
    total = math.fsum(weights)
    left = total - math.fsum(w * w for w in weights) / total
    return phi, (k * phi - (k - 1)) / left if k * phi > k - 1 else 0.0
