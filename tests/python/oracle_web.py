"""Visits to the web site, computed a second time from the texts (METRICS §6.3, §13 rule 47, decisions 71)."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from oracle_feedback import Facts, period_start
from oracle_scores import GRAINS, Cell, Change, Scores, Share, two_sided
from oracle_service import Row, boolean, number, text, wall_to_utc

Z = 1.959963984540054
DAY = timedelta(days=1)
SETTLING_DAYS = 3
DIMENSIONS = {"channel": "source", "touchpoint": "page_group", "country": "country", "segment": "segment"}
BOTS = {"bot", "crawler", "spider"}
PAGES = {"page_view", "screen_view"}
CODES = {"bounce_rate", "conversion_rate_session", "conversion_rate_user"}


@dataclass(frozen=True)
class Visits:
    """Visits of visitors: Wilson's interval, and T14 for the error and the change."""

    hits: Sequence[tuple[str, bool]]
    """Who came and whether it counts."""

    @property
    def base(self) -> int:
        """How many."""
        return len(self.hits)

    @property
    def row(self) -> Row:
        """The share."""
        plain = Share(sum(hit for _, hit in self.hits), self.base).row
        return plain | {"standard_error": self.error}

    @property
    def error(self) -> float:
        """T14; one cluster has no spread of its own, so its visits stand alone (decisions, 20)."""
        mean = sum(hit for _, hit in self.hits) / self.base
        sums: dict[str, float] = defaultdict(float)
        for who, hit in self.hits:
            sums[who] += hit - mean
        if len(sums) < 2:
            return math.sqrt(mean * (1 - mean) / self.base)
        spread = math.fsum(x * x for x in sums.values())
        return math.sqrt(len(sums) / (len(sums) - 1) * spread) / self.base

    def since(self, before: "Visits") -> Change:
        """Z of the clustered errors."""
        d, error = self.row["value"] - before.row["value"], math.hypot(self.error, before.error)
        return Change(d - Z * error, d + Z * error, two_sided(d / error)) if error else Change()


class WebScores(Scores):
    """A period of the web may change for three days after its end."""

    def _ends_after(self, grain: str, start: date) -> bool:
        if grain == "all":
            return False
        months = {"month": 1, "quarter": 3, "year": 12}[grain]
        year, month = divmod(start.month - 1 + months, 12)
        end = date(start.year + year, month + 1, 1) + SETTLING_DAYS * DAY
        return wall_to_utc(datetime.combine(end, time()), self.settings.reporting_zone) > self.settings.as_of


class Web:
    """Every visit that counts, and the rates of them."""

    def __init__(self, facts: Facts) -> None:
        """Keep the company."""
        self.facts, self.settings, self.scores = facts, facts.settings, WebScores(facts)

    @cached_property
    def events(self) -> Mapping[str, list[tuple[datetime, str]]]:
        """What happened in each visit."""
        found: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for row in self.facts.tables.get(("web", "events"), ()):
            at = self.facts._instant(row["occurred_at"])
            if self.facts._happened(at):
                found[str(row["session_id"])].append((at, str(row["name"]).lower()))
        return found

    @cached_property
    def visits(self) -> dict[str, tuple[str | None, Row]]:
        """Every accepted session with why it is no visit."""
        found = {}
        for row in self.facts.tables.get(("web", "sessions"), ()):
            if self.facts._happened(self.facts._instant(row["started_at"])):
                found[str(row["session_id"])] = self._visit(row)
        return found

    def _visit(self, row: Mapping[str, Any]) -> tuple[str | None, Row]:
        started_at = self.facts._instant(row["started_at"])
        events = self.events.get(str(row["session_id"]), [])
        ended_at = max((at for at, _ in events), default=None)
        if text(row.get("ended_at")) is not None:
            ended_at = self.facts._instant(row["ended_at"])
        # What ended before it began lasted nobody knows how long.
        is_timed = ended_at is not None and ended_at >= started_at
        seconds = (ended_at - started_at) / timedelta(seconds=1) if is_timed else None  # type: ignore[operator]
        pages, goals = number(row.get("page_views")), number(row.get("key_events"))
        if pages is None and events:
            pages = sum(name in PAGES for _, name in events) or None
        engaged = number(row.get("engaged_seconds"))
        lasted = engaged if seconds is None else seconds
        known = [
            None if lasted is None else lasted > 10,
            None if goals is None else goals >= 1,
            None if pages is None else pages >= 2,
        ]
        is_engaged = None if known == [None] * 3 else any(known)
        customer_id = text(row.get("customer_id"))
        visitor_id = text(row.get("visitor_id"))
        path = self._path(text(row.get("landing_page")))
        visit = {
            "visitor_id": visitor_id,
            "customer_id": customer_id,
            "user_id": visitor_id or customer_id,
            "segment": self.facts.as_of(customer_id, "segment", started_at) or "unknown",
            "country": text(row.get("country")) or "unknown",
            "source": text(row.get("source")) or "unknown",
            "landing_page": path,
            "page_group": "unknown" if path is None else "/" + path.lstrip("/").split("/")[0],
            "duration_seconds": seconds,
            "page_views": pages,
            "key_events": goals,
            "is_engaged": is_engaged,
            "is_converted": None if goals is None else goals >= 1,
            "started_date": self.settings.local_date(started_at),
            "started_at": started_at,
            "ended_at": ended_at,
        }
        customer = self.facts.customers.get(str(customer_id), {})
        is_empty = not events and not goals and not engaged
        reasons = {
            "internal": boolean(row.get("is_internal"), absent=False),
            "bot": str(row.get("device") or "").lower() in BOTS,
            "test_customer": boolean(customer.get("is_test"), absent=False),
            "over_a_day": seconds is not None and seconds > 86400,
            "without_events": is_empty and (pages == 0 or (pages is None and bool(self.events))),
        }
        return next((reason for reason, holds in reasons.items() if holds), None), visit

    @staticmethod
    def _path(page: str | None) -> str | None:
        """The path of a page, without the host and what follows a question mark."""
        return None if page is None else urlsplit(page).path

    def fct_web_sessions(self) -> dict[tuple[Any, ...], Row]:
        """One row per visit that counts."""
        return {(name,): visit for name, (reason, visit) in self.visits.items() if reason is None}

    def kpi_metric_values(self) -> dict[tuple[Any, ...], Row]:
        """The rows of the web."""
        by_code: dict[str, dict[Cell, Visits | Share]] = defaultdict(dict)
        for code, cell, sample in self._samples():
            by_code[code][cell] = sample
        return {
            (code, *cell): row
            for code, samples in by_code.items()
            for cell, row in self.scores._published(code, samples).items()  # type: ignore[arg-type]
        }

    def _samples(self) -> Iterator[tuple[str, Cell, Visits | Share]]:
        visits = [(name, visit) for (name,), visit in self.fct_web_sessions().items()]
        visits.sort(key=lambda item: (item[1]["started_at"], item[0]))
        first = min((visit["started_date"] for _, visit in visits), default=date.max).replace(day=1)
        for grain in GRAINS:
            of_sessions: dict[str, dict[Cell, list[tuple[str, bool]]]] = defaultdict(
                lambda: defaultdict(list)
            )
            groups: dict[tuple[date, str], Row] = {}
            converted: dict[tuple[date, str], bool] = defaultdict(bool)
            for name, visit in visits:
                start = first if grain == "all" else period_start(grain, visit["started_date"])
                who = visit["user_id"]
                for code, hit in (
                    ("bounce_rate", None if visit["is_engaged"] is None else not visit["is_engaged"]),
                    ("conversion_rate_session", visit["is_converted"]),
                ):
                    if hit is not None:
                        for cell in self._cells(grain, start, visit):
                            of_sessions[code][cell].append((who or f"session {name}", hit))
                if who is not None and visit["is_converted"] is not None:
                    groups.setdefault((start, who), visit)
                    converted[start, who] |= visit["is_converted"]
            for code, cells in of_sessions.items():
                for cell, hits in cells.items():
                    yield code, cell, Visits(hits)
            users: dict[Cell, list[bool]] = defaultdict(list)
            for (start, who), visit in groups.items():
                for cell in self._cells(grain, start, visit):
                    users[cell].append(converted[start, who])
            for cell, own in users.items():
                yield "conversion_rate_user", cell, Share(sum(own), len(own))

    @staticmethod
    def _cells(grain: str, start: date, visit: Row) -> list[Cell]:
        breakdowns = [(dimension, visit[column]) for dimension, column in DIMENSIONS.items()]
        return [("none", grain, start, *breakdown) for breakdown in [("total", "total"), *breakdowns]]
