"""The feedback KPIs computed a second time, from the oracle's facts, by METRICS §0, §1, §2 and D5-D22."""

import math
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from statistics import NormalDist, fmean, variance
from typing import Any

from oracle_feedback import (
    DAY,
    Answer,
    Facts,
    Invitation,
    Response,
    is_dissatisfied,
    is_satisfied,
    period_start,
    reference,
)
from oracle_service import Row, instant, wall_to_utc
from oracle_voice import Voice
from scipy import stats

Z = 1.959963984540054
GRAINS = ("month", "quarter", "year", "all")
DIMENSIONS = (
    "segment", "persona", "country", "region", "language", "channel", "touchpoint", "stage", "survey",
    "office", "team",
)  # fmt: skip
COMMENT_DIMENSIONS = ("segment", "channel", "touchpoint")
EMOTION_DIMENSIONS = ("segment", "channel", "touchpoint", "stage", "survey")
FUNNEL_DIMENSIONS = tuple(name for name in DIMENSIONS if name not in ("office", "team"))
TARGETS = {(row["metric"], row["programme"]): float(row["target"]) for row in reference("metric_targets")}
VALENCES = {row["raw_value"]: int(row["valence"]) for row in reference("emotions")}
CHANNEL_GROUPS = {row["channel"]: row["channel_group"] for row in reference("channel_groups")}
DELTAS = {row["metric"]: float(row["practical_delta"] or 0) for row in reference("metrics")}
Cell = tuple[str, str, date, str, str]
"""Programme (or survey), grain, start, dimension and its value."""


# Statistics (§1) ------------------------------------------------------------------------------------


def t_quantile(degrees: float) -> float:
    """Of a mean: the reference seed has 1 to 200 degrees of freedom, then z (§0.5)."""
    return Z if degrees > 200 else float(stats.t.ppf(0.975, degrees))


def two_sided(z: float) -> float:
    """P of a normal statistic."""
    return 2 * NormalDist().cdf(-abs(z))


def wilson(hits: float, base: int) -> tuple[float, float]:
    """T1."""
    p, square = hits / base, Z * Z
    centre = (p + square / (2 * base)) / (1 + square / base)
    half = Z * math.sqrt(p * (1 - p) / base + square / (4 * base * base)) / (1 + square / base)
    return centre - half, centre + half


@dataclass(frozen=True)
class Change:
    """What became of a value since the period before."""

    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Share:
    """Hits of a base: T1, T2, T3."""

    hits: int
    base: int

    @property
    def row(self) -> Row:
        """Value, its parts and its interval."""
        low, high = wilson(self.hits, self.base)
        value = self.hits / self.base
        error = math.sqrt(value * (1 - value) / self.base)
        return measured(value, self.hits, self.base, error, low, high)

    def since(self, before: "Share") -> Change:
        """Newcombe's interval and the pooled test."""
        p1, p2 = self.hits / self.base, before.hits / before.base
        (l1, u1), (l2, u2) = wilson(self.hits, self.base), wilson(before.hits, before.base)
        d = p1 - p2
        low, high = d - math.hypot(p1 - l1, u2 - p2), d + math.hypot(u1 - p1, p2 - l2)
        pooled = (self.hits + before.hits) / (self.base + before.base)
        error = math.sqrt(pooled * (1 - pooled) * (1 / self.base + 1 / before.base))
        return Change(low, high, two_sided(d / error) if error else None)


@dataclass(frozen=True)
class Mean:
    """Numbers: T4, T5."""

    values: Sequence[float]
    scale: float = 1

    @property
    def base(self) -> int:
        """How many."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Their mean."""
        return math.fsum(self.values) / self.base

    @property
    def row(self) -> Row:
        """Value, its parts and its interval; of one number there is none."""
        error = math.sqrt(variance(self.values) / self.base) if self.base > 1 else None
        half = None if error is None else t_quantile(self.base - 1) * error
        return measured(
            self.scale * self.mean, self.scale * math.fsum(self.values), self.base, scaled(error, self.scale),
            None if half is None else self.scale * (self.mean - half),
            None if half is None else self.scale * (self.mean + half),
        )  # fmt: skip

    def since(self, before: "Mean") -> Change:
        """Welch's test."""
        if self.base < 2 or before.base < 2:
            return Change()
        a, b = variance(self.values) / self.base, variance(before.values) / before.base
        if a + b == 0:
            return Change()
        degrees = (a + b) ** 2 / (a * a / (self.base - 1) + b * b / (before.base - 1))
        d, error = self.mean - before.mean, math.sqrt(a + b)
        half = float(stats.t.ppf(0.975, degrees)) * error
        p = 2 * float(stats.t.sf(abs(d) / error, degrees))
        return Change(self.scale * (d - half), self.scale * (d + half), p)


@dataclass(frozen=True)
class Net:
    """Votes of 1, 0 and -1 with who gave them: T6, §2.2.3, T13; T14 where they are clustered."""

    votes: Sequence[tuple[str, int]]
    clusters: Sequence[str] | None = None

    @property
    def base(self) -> int:
        """How many."""
        return len(self.votes)

    def counts(self) -> tuple[int, int]:
        """Promoters and detractors."""
        return sum(vote > 0 for _, vote in self.votes), sum(vote < 0 for _, vote in self.votes)

    @property
    def mean(self) -> float:
        """Net share."""
        return sum(vote for _, vote in self.votes) / self.base

    def spread(self, added: float = 0) -> tuple[float, float]:
        """Centre and error with `added` answers in the outer classes."""
        up, down = self.counts()
        n = self.base + added
        p, d = (up + added / 4) / n, (down + added / 4) / n
        return p - d, math.sqrt((p + d - (p - d) ** 2) / n)

    @property
    def clustered_error(self) -> float:
        """T14; one cluster has no spread of its own, so its votes stand alone (decisions, 20)."""
        assert self.clusters is not None
        sums: dict[str, float] = defaultdict(float)
        for cluster, (_, vote) in zip(self.clusters, self.votes, strict=True):
            sums[cluster] += vote - self.mean
        groups = len(sums)
        if groups < 2:
            return self.spread()[1]
        return math.sqrt(groups / (groups - 1) * math.fsum(x * x for x in sums.values())) / self.base

    @property
    def error(self) -> float:
        """Of the net share."""
        return self.spread()[1] if self.clusters is None else self.clustered_error

    @property
    def row(self) -> Row:
        """Value in points, adjusted Wald interval, widened by clustering (D18)."""
        centre, adjusted = self.spread(3)
        plain, error = self.spread()[1], self.error
        widened = 1.0
        if self.clusters is not None and plain > 0:
            widened = max(1.0, error / plain)
        half = Z * adjusted * widened
        return measured(
            100 * self.mean, 100 * sum(vote for _, vote in self.votes), self.base, scaled(error, 100),
            100 * max(-1.0, centre - half), 100 * min(1.0, centre + half),
        )  # fmt: skip

    def common(self, before: "Net") -> list[tuple[int, int]]:
        """Votes of those who are in both."""
        earlier = dict(before.votes)
        return [(vote, earlier[who]) for who, vote in self.votes if who in earlier]

    def since(self, before: "Net") -> Change:
        """Split adjustment; the covariance where the same people answered; T14 where clustered."""
        d = self.mean - before.mean
        if self.clusters is not None:
            centre, error = d, math.hypot(self.error, before.error)
        else:
            pairs = self.common(before)
            if len(pairs) / min(self.base, before.base) > 0.2:
                centre = d
                samples = [[vote for _, vote in net.votes] for net in (self, before)]
                if min(self.base, before.base) < 2:
                    return Change()
                own = sum(variance(votes) / len(votes) for votes in samples)
                shared = 0.0
                if len(pairs) > 1:
                    a, b = fmean(x for x, _ in pairs), fmean(y for _, y in pairs)
                    covariance = math.fsum((x - a) * (y - b) for x, y in pairs) / (len(pairs) - 1)
                    shared = 2 * len(pairs) * covariance / (self.base * before.base)
                error = math.sqrt(max(round(own - shared, 14), 0))
            else:
                (c1, e1), (c2, e2) = self.spread(1.5), before.spread(1.5)
                centre, error = c1 - c2, math.hypot(e1, e2)
        if error == 0:
            return Change()
        return Change(100 * (centre - Z * error), 100 * (centre + Z * error), two_sided(centre / error))


@dataclass(frozen=True)
class Ratio:
    """Weighted mean of accounts: T7."""

    pairs: Sequence[tuple[float, float]]
    """Weight times net, and weight."""

    @property
    def base(self) -> int:
        """How many accounts."""
        return len(self.pairs)

    @property
    def sums(self) -> tuple[float, float]:
        """Both sides."""
        return math.fsum(y for y, _ in self.pairs), math.fsum(x for _, x in self.pairs)

    @property
    def error(self) -> float | None:
        """T7."""
        (y, x), n = self.sums, self.base
        if n < 2:
            return None
        squares = math.fsum((b - y / x * a) ** 2 for b, a in self.pairs)
        return math.sqrt(n / (n - 1) * squares) / x

    @property
    def row(self) -> Row:
        """Value in points."""
        (y, x), error = self.sums, self.error
        half = None if error is None else t_quantile(self.base - 1) * error
        return measured(
            100 * y / x, 100 * y, x, scaled(error, 100), None if half is None else 100 * (y / x - half),
            None if half is None else 100 * (y / x + half),
        )  # fmt: skip

    def since(self, before: "Ratio") -> Change:
        """Z."""
        if self.error is None or before.error is None or not self.error + before.error:
            return Change()
        d = self.sums[0] / self.sums[1] - before.sums[0] / before.sums[1]
        error = math.hypot(self.error, before.error)
        return Change(100 * (d - Z * error), 100 * (d + Z * error), two_sided(d / error))


@dataclass(frozen=True)
class Estimate:
    """A number put together from others, with the error that follows from theirs."""

    value: float
    error: float
    base: int

    @property
    def row(self) -> Row:
        """Value and interval."""
        half = Z * self.error
        return measured(self.value, self.value, 1, self.error, self.value - half, self.value + half)

    def since(self, before: "Estimate") -> Change:
        """The change over the error of both."""
        d, error = self.value - before.value, math.hypot(self.error, before.error)
        return Change(d - Z * error, d + Z * error, two_sided(d / error)) if error else Change()


Sample = Share | Mean | Net | Ratio | Estimate


def measured(
    value: float,
    numerator: float,
    denominator: float,
    error: float | None,
    low: float | None,
    high: float | None,
) -> Row:
    """A value with its parts and its interval."""
    return {
        "value": value, "numerator": numerator, "denominator": denominator, "standard_error": error,
        "ci_low": low, "ci_high": high,
    }  # fmt: skip


def scaled(value: float | None, scale: float) -> float | None:
    """Null stays null."""
    return None if value is None else scale * value


def holm(p_values: Mapping[Any, float]) -> dict[Any, float]:
    """Adjusted p of a family (§0.6)."""
    adjusted, highest = {}, 0.0
    for rank, (key, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p))
        adjusted[key] = highest
    return adjusted


# KPIs -----------------------------------------------------------------------------------------------


class Scores:
    """Every KPI of the feedback subject that rests on answers and invitations."""

    def __init__(self, facts: Facts) -> None:
        """Keep the facts."""
        self.facts, self.settings, self.voice = facts, facts.settings, Voice(facts)
        self._sampled: dict[str, list[tuple[str, Cell, Sample]]] = {}

    # Periods and statuses

    def _ends_after(self, grain: str, start: date) -> bool:
        """True if a period is not over at as_of."""
        if grain == "all":
            return False
        months = {"month": 1, "quarter": 3, "year": 12}[grain]
        year, month = divmod(start.month - 1 + months, 12)
        end = datetime.combine(date(start.year + year, month + 1, 1), time())
        return wall_to_utc(end, self.settings.reporting_zone) > self.settings.as_of

    def status(self, grain: str, start: date, base: int) -> str:
        """The publish status of a value alone (D5)."""
        if base < self.settings.min_base_publish:
            return "suppressed"
        if self._ends_after(grain, start):
            return "immature"
        return "low_base" if base < self.settings.min_base_reliable else "ok"

    def statuses(self, bases: Mapping[Cell, int]) -> dict[Cell, str]:
        """Statuses with complementary suppression (D6)."""
        found = {cell: self.status(cell[1], cell[2], base) for cell, base in bases.items()}
        families = defaultdict(list)
        for cell in bases:
            families[cell[:4]].append(cell)
        for cells in families.values():
            hidden = [cell for cell in cells if found[cell] == "suppressed"]
            shown = [cell for cell in cells if found[cell] != "suppressed"]
            if len(hidden) == 1 and shown:
                found[min(shown, key=lambda cell: (bases[cell], cell[4]))] = "suppressed"
        return found

    def cells(
        self,
        grain: str,
        rows: Iterable[tuple[str, datetime, Mapping[str, str | None], Any]],
        names: Sequence[str],
    ) -> dict[Cell, list[Any]]:
        """Rows by programme, period and breakdown; null is `unknown`, `all` starts with the data."""
        found: dict[Cell, list[Any]] = defaultdict(list)
        rows = list(rows)
        first = self._first_month(names)
        for programme, at, dimensions, row in rows:
            start = first if grain == "all" else period_start(grain, self.settings.local_date(at))
            found[programme, grain, start, "total", "total"].append(row)
            for name in names:
                found[programme, grain, start, name, dimensions.get(name) or "unknown"].append(row)
        return found

    def _first_month(self, names: Sequence[str]) -> date:
        """First day of the earliest month with answers, or with invitations where those are counted."""
        if names is FUNNEL_DIMENSIONS:
            instants = [row.sent_at for row in self.facts.invitations.values()]
        elif names is COMMENT_DIMENSIONS:
            instants = [comment.at for comment in self.voice.comments.values()]
        elif names is EMOTION_DIMENSIONS:
            instants = [response.at for response, _ in self._emotions()]
        else:
            instants = [row.response.at for row in self.facts.answers]
        return self.settings.local_date(min(instants, default=self.settings.as_of)).replace(day=1)

    def start(self, grain: str, at: datetime, names: Sequence[str]) -> date:
        """First day of the period of an instant."""
        return (
            self._first_month(names) if grain == "all" else period_start(grain, self.settings.local_date(at))
        )

    def answer_cells(self, grain: str, answers: Iterable[Answer]) -> dict[Cell, list[Answer]]:
        """Answers by programme, period and breakdown."""
        rows = [(x.response.programme, x.response.at, x.response.dimensions, x) for x in answers]
        return self.cells(grain, rows, DIMENSIONS)

    # NPS

    def net(self, answers: Sequence[Answer]) -> Net:
        """Classes of answers; transactional ones in clusters of customers (D18)."""
        votes = [(x.response.respondent_id, x.net) for x in answers]
        if answers[0].response.programme != "transactional":
            return Net(votes)
        return Net(votes, [x.response.customer_id or x.response.respondent_id for x in answers])

    def kpi_nps(self) -> dict[tuple[Any, ...], Row]:
        """NPS by programme, period and breakdown."""
        rows: dict[tuple[Any, ...], Row] = {}
        for grain in GRAINS:
            cells = self.answer_cells(grain, (x for x in self.facts.votes(grain) if x.metric == "nps"))
            statuses = self.statuses({cell: len(answers) for cell, answers in cells.items()})
            for cell, answers in cells.items():
                classes = Counter(x.nps_class for x in answers)
                row = self.net(answers).row
                found = {
                    "promoters": classes["promoter"], "passives": classes["passive"],
                    "detractors": classes["detractor"], "nps": row["value"],
                    "standard_error": row["standard_error"], "ci_low": row["ci_low"],
                    "ci_high": row["ci_high"],
                }  # fmt: skip
                if statuses[cell] == "suppressed":
                    found = dict.fromkeys(found)
                rows[cell] = {**found, "base": len(answers), "publish_status": statuses[cell]}
        return rows

    # CSI by attribute

    def kpi_csi_attributes(self) -> dict[tuple[Any, ...], Row]:
        """Satisfaction and stated importance by attribute."""
        rows: dict[tuple[Any, ...], Row] = {}
        for grain in GRAINS:
            votes = self.facts.votes(grain)
            for attribute in {x.question.attribute for x in votes if x.metric == "csi"}:
                of_attribute = [x for x in votes if x.question.attribute == attribute]
                scores = self.answer_cells(grain, (x for x in of_attribute if x.metric == "csi"))
                stated = self.answer_cells(grain, (x for x in of_attribute if x.metric == "csi_importance"))
                for cell, answers in scores.items():
                    row = Mean([x.pomp for x in answers]).row
                    importance = [x.pomp for x in stated.get(cell, [])]
                    status = self.status(grain, cell[2], len(answers))
                    hidden = status == "suppressed"
                    rows[cell[0], attribute, *cell[1:]] = {
                        "base": len(answers),
                        "satisfaction": None if hidden else row["value"],
                        "ci_low": None if hidden else row["ci_low"],
                        "ci_high": None if hidden else row["ci_high"],
                        "importance_stated": fmean(importance)
                        if len(importance) >= 5 and not hidden
                        else None,
                        "publish_status": status,
                    }
        return rows

    # The funnel

    def kpi_survey_funnel(self) -> dict[tuple[Any, ...], Row]:
        """The funnel by survey and sending period."""
        facts = self.facts.fct_survey_invitations()
        scored = {q.survey_id for q in self.facts.questions.values() if q.is_scored}
        rows: dict[tuple[Any, ...], Row] = {}
        for grain in GRAINS:
            sent = [
                (name, x.sent_at, x.dimensions, (x.survey_id in scored, facts[x.invitation_id,]))
                for x in self.facts.invitations.values()
                for name in ("total", x.survey_id)
            ]
            for cell, members in self.cells(grain, sent, FUNNEL_DIMENSIONS).items():
                if cell[0] == "total" or cell[3] != "survey":
                    rows[cell] = self._funnel(cell, members)
        return rows

    def _funnel(self, cell: Cell, members: Sequence[tuple[bool, Row]]) -> Row:
        """Counts are of all invitations, rates of those whose window is over (decisions, 20)."""
        invitations = [row for _, row in members]
        mature = [row for row in invitations if row["is_mature"]]
        steps = {
            "delivered": "is_delivered", "started": "is_started", "completed": "is_completed",
            "scored": "is_scored", "scored_late": "is_scored_late", "opted_out": "is_opted_out",
        }  # fmt: skip
        row: Row = {name: sum(x[flag] for x in invitations) for name, flag in steps.items()}
        row["sent"], row["base"] = len(invitations), row["delivered"]
        delivered, scored = (sum(x[flag] for x in mature) for flag in ("is_delivered", "is_scored"))
        asks = any(asks for asks, _ in members)
        shown = delivered >= self.settings.min_base_publish
        row["response_rate"] = scored / delivered if shown and asks else None
        row["ci_low"], row["ci_high"] = wilson(scored, delivered) if shown and asks else (None, None)
        status = self.status(cell[1], cell[2], row["base"])
        if status != "suppressed":
            if not asks or (cell[1] == "all" and not shown):
                status = "not_estimable"
            elif cell[1] != "all" and len(mature) < len(invitations):
                status = "immature"
        row["publish_status"] = status
        return row

    # Who answers, and the index by channel

    def kpi_survey_nonresponse(self) -> dict[tuple[Any, ...], Row]:
        """How much more often a segment, and who stayed or left, answers than all others asked (§2.1)."""
        facts = self.facts.fct_survey_invitations()
        scored = {q.survey_id for q in self.facts.questions.values() if q.is_scored}
        groups: dict[tuple[str, str, date, str], dict[str, list[bool]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for x in self.facts.invitations.values():
            row = facts[x.invitation_id,]
            if x.customer_id is None or x.survey_id not in scored:
                continue
            if row["is_mature"] and row["is_delivered"]:
                for grain in GRAINS:
                    start = self.start(grain, x.sent_at, FUNNEL_DIMENSIONS)
                    known = {
                        "segment": x.dimensions["segment"] or "unknown", "later_churn": self._fate(x),
                        "tenure_band": self._tenure(x),
                    }  # fmt: skip
                    for variable, value in known.items():
                        if value is not None:
                            groups[x.programme, grain, start, variable][value].append(row["is_scored"])
        rows: dict[tuple[Any, ...], Row] = {}
        for frame, members in groups.items():
            total = Share(sum(map(sum, members.values())), sum(map(len, members.values())))
            for value, answered in members.items():
                own = Share(sum(answered), len(answered))
                others = Share(total.hits - own.hits, total.base - own.base)
                if others.base:
                    rows[*frame, value] = self._gap(own, others)
        return self._hidden(rows)

    def _hidden(self, rows: Mapping[tuple[Any, ...], Row]) -> dict[tuple[Any, ...], Row]:
        """Rows of small bases, and the next smallest beside a single one, keep their counts alone (D6)."""
        statuses = self.statuses({cell: row["base"] for cell, row in rows.items()})
        counts = {"base", "delivered", "others_delivered"}
        hidden = {cell for cell, status in statuses.items() if status == "suppressed"}
        return {
            cell: {name: None if cell in hidden and name not in counts else row[name] for name in row}
            | {"publish_status": statuses[cell]}
            for cell, row in rows.items()
        }

    def _gap(self, own: Share, others: Share) -> Row:
        change = own.since(others)
        row: Row = {
            "response_rate": own.row["value"], "others_response_rate": others.row["value"],
            "gap": own.row["value"] - others.row["value"], "ci_low": change.low, "ci_high": change.high,
            "p_value": change.p,
        }  # fmt: skip
        base = min(own.base, others.base)
        return {"base": base, "delivered": own.base, "others_delivered": others.base, **row}

    def _fate(self, invitation: Invitation) -> str | None:
        """Whether who paid when asked left within 90 days; unknown before these are over (decisions, 20)."""
        asked = self.settings.local_date(invitation.sent_at)
        if invitation.sent_at + 90 * DAY > self.settings.as_of:
            return None
        for start, end, _ in self.subscriptions[str(invitation.customer_id)]:
            if start <= asked and (end is None or asked < end):
                return "left" if end is not None and end <= asked + 90 * DAY else "stayed"
        return None

    def _tenure(self, invitation: Invitation) -> str:
        """How long a customer had paid when asked."""
        starts = [start for start, _, _ in self.subscriptions.get(str(invitation.customer_id), ())]
        if not starts:
            return "unknown"
        asked = self.settings.local_date(invitation.sent_at)
        bands = ((3, "00-02 months"), (12, "03-11 months"), (24, "12-23 months"), (60, "24-59 months"))
        return next((name for end, name in bands if asked < months_later(min(starts), end)), "60+ months")

    def _rollup_samples(self, grain: str) -> Iterator[tuple[str, Cell, Sample]]:
        """The index of all channels by their shares of contacts: the period's, the base year's (§2.5.4)."""
        groups = self._channel_scores(grain)
        contacts: dict[date, Counter[str]] = defaultdict(Counter)
        by_year: dict[int, Counter[str]] = defaultdict(Counter)
        for row in self.facts.tables.get(("crm", "touchpoints"), ()):
            at = self.facts._instant(row["occurred_at"])
            if self.facts._happened(at):
                group = CHANNEL_GROUPS.get(row["channel"], "unknown")
                start = self.start(grain, at, DIMENSIONS)
                # `all` begins with the first answer, and so do the contacts that it counts.
                contacts[start][group] += self.settings.local_date(at) >= start
                by_year[self.settings.local_date(at).year][group] += 1
        measured_groups: dict[str, set[str]] = defaultdict(set)
        for programme, _, _, _, group in groups:
            measured_groups[programme].add(group)
        for programme, start in {(cell[0], cell[2]) for cell in groups}:
            for code, counts in (
                ("csi_rollup_current", contacts[start]),
                ("csi_rollup_fixed", by_year[min(by_year)]),
            ):
                own = {group: counts[group] for group in measured_groups[programme] if counts[group]}
                parts = {
                    group: Mean(groups[programme, grain, start, "channel_group", group])
                    for group in own
                    if (programme, grain, start, "channel_group", group) in groups
                }
                if not own or len(parts) < len(own):
                    continue
                shares = {group: count / sum(own.values()) for group, count in own.items()}
                value = math.fsum(shares[group] * part.mean for group, part in parts.items())
                # A single answer has no error, and a group so small hides the whole.
                errors = [shares[group] * (part.row["standard_error"] or 0) for group, part in parts.items()]
                smallest = min(
                    len(groups[programme, grain, start, "channel_group", group])
                    for group in measured_groups[programme]
                    if (programme, grain, start, "channel_group", group) in groups
                )
                yield (
                    code,
                    (programme, grain, start, "total", "total"),
                    Estimate(value, math.hypot(*errors), smallest),
                )

    def _channel_scores(self, grain: str) -> Mapping[Cell, list[float]]:
        scores = {name: score for name, (score, _, _) in self.facts.csi.items() if score is not None}
        groups: dict[Cell, list[float]] = defaultdict(list)
        for x in self._latest(grain, scores):
            group = CHANNEL_GROUPS.get(str(x.dimensions["channel"]), "unknown")
            start = self.start(grain, x.at, DIMENSIONS)
            groups[x.programme, grain, start, "channel_group", group].append(scores[x.response_id])
        return groups

    # kpi_metric_values

    def samples(self, grain: str) -> list[tuple[str, Cell, Sample]]:
        """Every metric with the sample its value is made of."""
        if grain not in self._sampled:
            self._sampled[grain] = list(self._samples(grain))
        return self._sampled[grain]

    def _samples(self, grain: str) -> Iterator[tuple[str, Cell, Sample]]:
        votes = self.facts.votes(grain)
        by_metric = defaultdict(list)
        for vote in votes:
            by_metric[vote.metric].append(vote)
        yield from self._nps_samples(grain, by_metric["nps"])
        yield from self._csat_samples(grain, by_metric["csat"])
        for metric, code in (("ces5", "ces_5"), ("ces1", "ces_1"), ("ces2", "ces2_pct")):
            for cell, answers in self.answer_cells(grain, by_metric[metric]).items():
                yield code, cell, Share(sum(bool(is_satisfied(x)) for x in answers), len(answers))
                if metric == "ces2":
                    yield "ces2_mean", cell, Mean([x.score for x in answers])
                    nets = [bool(is_satisfied(x)) - bool(is_dissatisfied(x)) for x in answers]
                    yield (
                        "ces2_net",
                        cell,
                        Net([(x.response.response_id, n) for x, n in zip(answers, nets, strict=True)]),
                    )
        for code, scores in (
            ("csi", {name: score for name, (score, _, _) in self.facts.csi.items() if score is not None}),
            ("csi_acsi", self.facts.acsi),
        ):
            rows = [
                (x.programme, x.at, x.dimensions, scores[x.response_id]) for x in self._latest(grain, scores)
            ]
            for cell, values in self.cells(grain, rows, DIMENSIONS).items():
                yield code, cell, Mean(values)
        yield from self._funnel_samples(grain)
        yield from self._skipped_samples(grain)
        yield from self._tone_samples(grain)
        yield from self._rollup_samples(grain)

    def _nps_samples(self, grain: str, votes: Sequence[Answer]) -> Iterator[tuple[str, Cell, Sample]]:
        last_votes: dict[Any, Answer] = {}
        for vote in votes:
            if vote.response.programme == "relational":
                key = (
                    vote.response.customer_id,
                    period_start(grain, self.settings.local_date(vote.response.at)),
                )
                last_votes[key] = max(vote, last_votes.get(key, vote), key=lambda x: x.order)
        for cell, answers in self.answer_cells(grain, votes).items():
            code = {"relational": "nps_rel", "transactional": "nps_txn"}.get(cell[0])
            if code is not None:
                yield code, cell, self.net(answers)
            for name in ("promoter", "passive", "detractor"):
                hits = sum(x.nps_class == name for x in answers)
                yield f"nps_{name}_share", cell, Share(hits, len(answers))
            if code == "nps_rel":
                accounts = defaultdict(list)
                for x in answers:
                    if x.response.customer_id is not None:
                        accounts[x.response.customer_id].append(x)
                if accounts:
                    means = {name: fmean(x.net for x in own) for name, own in accounts.items()}
                    yield "nps_account", cell, Mean(list(means.values()), 100)
                    period = date.min if grain == "all" else cell[2]
                    weights = {
                        name: self._paid(name, last_votes[name, period].response.at) for name in accounts
                    }
                    pairs = [(means[name] * w, w) for name, w in weights.items() if w]
                    if pairs:
                        yield "nps_revenue", cell, Ratio(pairs)

    def _paid(self, customer_id: str, at: datetime) -> float:
        """What an account paid in the month of its vote: at its opening, or at its close if it joined."""
        month = self.settings.local_date(at).replace(day=1)
        following = (month + timedelta(days=32)).replace(day=1)
        for day in (month, following):
            paid = sum(
                mrr for start, end, mrr in self.subscriptions[customer_id] if start <= day < (end or date.max)
            )
            if paid:
                return paid
        return 0.0

    @cached_property
    def subscriptions(self) -> Mapping[str, list[tuple[date, date | None, float]]]:
        """Local days and monthly revenue of what each customer pays for (D50), which never changes."""
        found: dict[str, list[tuple[date, date | None, float]]] = defaultdict(list)
        for row in self.facts.tables.get(("crm", "subscriptions"), ()):
            days = [instant(row.get(name), self.facts.zone) for name in ("started_at", "ended_at")]
            start, end = (None if at is None else self.settings.local_date(at) for at in days)
            assert start is not None, "the generator writes every start"
            found[row["customer_id"]].append((start, end, float(row["mrr"])))
        return found

    def _csat_samples(self, grain: str, votes: Sequence[Answer]) -> Iterator[tuple[str, Cell, Sample]]:
        """Shares and means keep to one scale, the most used of the programme or survey (decisions, 20)."""
        uses: dict[tuple[str, str], Counter[tuple[int, int]]] = defaultdict(Counter)
        for x in self.facts.votes("all"):
            if x.metric == "csat":
                scale = (x.question.low, x.question.high)
                uses["programme", x.response.programme][scale] += 1
                uses["survey", x.response.survey_id][scale] += 1
        for cell, answers in self.answer_cells(grain, votes).items():
            yield "csat_pomp", cell, Mean([x.pomp for x in answers])
            owner = ("survey", cell[4]) if cell[3] == "survey" else ("programme", cell[0])
            scale = max(uses[owner], key=lambda scale: (uses[owner][scale], scale[1]))
            own = [x for x in answers if (x.question.low, x.question.high) == scale]
            if own:
                yield "csat_t2b", cell, Share(sum(bool(is_satisfied(x)) for x in own), len(own))
                yield "dsat_rate", cell, Share(sum(bool(is_dissatisfied(x)) for x in own), len(own))
                yield "csat_mean", cell, Mean([x.score for x in own])

    def _latest(self, grain: str, scores: Mapping[str, Any]) -> list[Response]:
        """The latest response with a score per respondent, programme and period (D20)."""
        best: dict[Any, Response] = {}
        for name in scores:
            row = self.facts.responses[name]
            key = (row.respondent_id, row.programme, period_start(grain, self.settings.local_date(row.at)))
            if key not in best or (row.at, row.response_id) > (best[key].at, best[key].response_id):
                best[key] = row
        return list(best.values())

    def _funnel_samples(self, grain: str) -> Iterator[tuple[str, Cell, Sample]]:
        facts = self.facts.fct_survey_invitations()
        scored = {q.survey_id for q in self.facts.questions.values() if q.is_scored}
        sent = [
            (x.programme, x.sent_at, x.dimensions, (x.survey_id in scored, facts[x.invitation_id,]))
            for x in self.facts.invitations.values()
        ]
        rates = {
            "survey_delivery_rate": (None, "is_delivered"),
            "survey_start_rate": ("is_delivered", "is_started"),
            "survey_completion_rate": ("is_started", "is_completed"),
            "survey_response_rate": ("is_delivered", "is_scored"),
            "survey_opt_out_rate": ("is_delivered", "is_opted_out"),
        }
        for cell, members in self.cells(grain, sent, FUNNEL_DIMENSIONS).items():
            for code, (base, hit) in rates.items():
                rows = [row for _, row in members if row["is_mature"] and (base is None or row[base])]
                if rows and (code != "survey_response_rate" or any(asks for asks, _ in members)):
                    yield code, cell, Share(sum(row[hit] for row in rows), len(rows))

    def _tone_samples(self, grain: str) -> Iterator[tuple[str, Cell, Sample]]:
        """Net sentiment of texts, and net emotion of responses by the sign of all they chose."""
        texts = [(x.programme, x.at, x.dimensions, (x.comment_id, sign)) for x, sign in self.voice.signs()]
        for cell, votes in self.cells(grain, texts, COMMENT_DIMENSIONS).items():
            yield "net_sentiment", cell, Net(votes)
        felt = [
            (x.programme, x.at, x.dimensions, (x.response_id, (sum(known) > 0) - (sum(known) < 0)))
            for x, chosen in self._emotions()
            if (known := [VALENCES[name] for name in chosen if name in VALENCES])
        ]
        for cell, votes in self.cells(grain, felt, EMOTION_DIMENSIONS).items():
            yield "net_emotion", cell, Net(votes)

    def _emotions(self) -> list[tuple[Response, list[str]]]:
        """What each response chose at an emotion question."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self.facts.responses:
            for (question_id, _), value in self.facts.values[name].items():
                if self.facts.questions[question_id].metric == "emotion" and value is not None:
                    found[name].append(str(value).lower())
        return [(self.facts.responses[name], chosen) for name, chosen in found.items()]

    def kpi_comment_themes(self) -> dict[tuple[Any, ...], Row]:
        """How many of the texts of a source name a theme, or no longer do; `any` is one at least (§9.2)."""
        rows: dict[tuple[Any, ...], Row] = {}
        themes = {name: {*self.voice.themes(x)} for name, x in self.voice.comments.items()}
        for grain in GRAINS:
            texts = [(x.source, x.at, x.dimensions, name) for name, x in self.voice.comments.items()]
            cells = self.cells(grain, texts, COMMENT_DIMENSIONS)
            for theme in {"any", *(theme for named in themes.values() for theme in named)}:
                hits = {
                    cell: sum(theme in themes[x] or (theme == "any" and bool(themes[x])) for x in names)
                    for cell, names in cells.items()
                }
                told = [cell for cell in hits if hits[cell] or hits.get(self._before(cell))]
                statuses = self.statuses({cell: len(cells[cell]) for cell in told})
                for cell, status in statuses.items():
                    row = Share(hits[cell], len(cells[cell])).row
                    if status == "suppressed":
                        row = dict.fromkeys(row)
                    rows[cell[0], theme, *cell[1:]] = {
                        "base": len(cells[cell]), "theme_share": row["value"], "ci_low": row["ci_low"],
                        "ci_high": row["ci_high"], "publish_status": status,
                    }  # fmt: skip
        return rows

    def _skipped_samples(self, grain: str) -> Iterator[tuple[str, Cell, Sample]]:
        """Scored questions left empty of all that were delivered with an answer or without."""
        rows = [
            (response.programme, response.at, response.dimensions, value is None)
            for response in self.facts.responses.values()
            for (question_id, _), value in self.facts.values[response.response_id].items()
            if self.facts.questions[question_id].is_scored
        ]
        for cell, skipped in self.cells(grain, rows, DIMENSIONS).items():
            yield "item_nonresponse_rate", cell, Share(sum(skipped), len(skipped))

    def kpi_metric_values(self) -> dict[tuple[Any, ...], Row]:
        """The long table."""
        rows: dict[tuple[Any, ...], Row] = {}
        for grain in GRAINS:
            by_code: dict[str, dict[Cell, Sample]] = defaultdict(dict)
            for code, cell, sample in self.samples(grain):
                by_code[code][cell] = sample
            for code, samples in by_code.items():
                for cell, row in self._published(code, samples).items():
                    rows[code, *cell] = row
        return rows

    def _published(self, code: str, samples: Mapping[Cell, Sample]) -> dict[Cell, Row]:
        statuses = self.statuses({cell: sample.base for cell, sample in samples.items()})
        changes: dict[Cell, Change] = {}
        rows: dict[Cell, Row] = {}
        for cell, sample in samples.items():
            row = sample.row
            if statuses[cell] == "suppressed":
                row = dict.fromkeys(row)
            elif row["value"] is None:
                statuses[cell] = "not_estimable"
            row |= dict.fromkeys((
                "previous_value", "change", "change_ci_low", "change_ci_high", "p_value", "p_adjusted",
                "signal",
            ))  # fmt: skip
            before = self._before(cell)
            if before in samples and "suppressed" not in (statuses[cell], statuses[before]):
                row["previous_value"] = samples[before].row["value"]
                if row["value"] is not None and row["previous_value"] is not None:
                    row["change"] = row["value"] - row["previous_value"]
                change = Change()
                if statuses[cell] != "immature":
                    change = sample.since(samples[before])  # type: ignore[arg-type]
                row |= {"change_ci_low": change.low, "change_ci_high": change.high, "p_value": change.p}
                changes[cell] = change
            row["base"], row["publish_status"] = sample.base, statuses[cell]
            row["target"] = TARGETS.get((code, cell[0]))
            rows[cell] = row
        families: dict[Any, dict[Cell, float]] = defaultdict(dict)
        for cell, change in changes.items():
            if change.p is not None:
                families[cell[:4]][cell] = change.p
        for family in families.values():
            for cell, adjusted in holm(family).items():
                row = rows[cell]
                row["p_adjusted"] = adjusted
                before = samples[self._before(cell)]  # type: ignore[index]
                if row["publish_status"] == "ok" and before.base >= self.settings.min_base_reliable:
                    moved = adjusted < 0.05 and abs(row["change"]) >= DELTAS[code]
                    row["signal"] = ("up" if row["change"] > 0 else "down") if moved else "none"
        return rows

    def _before(self, cell: Cell) -> Cell | None:
        """The same breakdown in the period before."""
        programme, grain, start, *breakdown = cell
        if grain == "all":
            return None
        return programme, grain, period_start(grain, start - timedelta(days=1)), *breakdown  # type: ignore[return-value]


def months_later(start: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(start.month - 1 + months, 12)
    last = monthrange(start.year + year, month + 1)[1]
    return date(start.year + year, month + 1, min(start.day, last))


CODES = {
    "nps_rel", "nps_txn", "nps_promoter_share", "nps_passive_share", "nps_detractor_share", "nps_account",
    "nps_revenue", "csat_t2b", "dsat_rate", "csat_mean", "csat_pomp", "ces_5", "ces_1", "ces2_pct",
    "ces2_mean", "ces2_net", "csi", "csi_acsi", "survey_delivery_rate", "survey_start_rate",
    "survey_completion_rate", "survey_response_rate", "survey_opt_out_rate", "item_nonresponse_rate",
    "net_sentiment", "net_emotion", "csi_rollup_fixed", "csi_rollup_current",
}  # fmt: skip
